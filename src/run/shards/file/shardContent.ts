import { z } from 'zod';
import { parseStrictJson } from '../../../files/reading/strictJson.ts';
import type { EngineOutcome } from '../../../protocol/engine.ts';
import { planSchema } from '../../../record/run/runRecord.ts';
import { sha256Schema } from '../../../record/sha256Schema.ts';
import { devices } from '../../../settings/devices.ts';
import { productForms } from '../../../settings/precision.ts';
import { mostShards, shardKinds } from '../shardPlace.ts';

/* What a shard's file says beside its samples: what it is of, how its work was cut, and how it ended. */

const count = z.int().nonnegative();
const text = z.string();

/** What must be the same in all shards of a run; see shardPins.ts. */
export type Pins = Readonly<Record<string, unknown>>;

const headerSchema = z.strictObject({
  program: z.literal('rejuvenate'),
  what: z.literal('partial of a run'),
  version: z.literal(1),
  phase: z.enum(shardKinds),
  index: count.max(mostShards),
  count: z.int().positive().max(mostShards),
  /** Samples of the calibration, as {@link ShardRange}. */
  from: count,
  to: count,
  pins: z.record(text, z.unknown()),
  /** In attribution: SHA-256 of all samples' targets. */
  targets: sha256Schema.optional(),
  /** In attribution: before each sample a frame a target with its scores, F32 `[neurons]`. */
  scores: z.literal(true).optional(),
  engine: z.strictObject({
    device: z.enum(devices),
    processes: z.int().positive(),
    /** Of a process on the CPU; 0 elsewhere. */
    threads: count,
    refused: z.array(z.strictObject({ device: z.enum(devices), reason: text })),
    runtimeVersion: text,
    products: z.enum(productForms),
  }),
  /** What it was computed on, each kind once: those that an attempt took samples over from, too. */
  hardware: z.array(text),
  /** Of a run: as they were given, and the folder from which they were. */
  request: z
    .strictObject({
      folder: text,
      inputs: z.strictObject({
        base: text,
        sft: text,
        calibration: z.array(text).min(1),
        tokenizer: text.optional(),
      }),
      settings: z.record(text, z.unknown()),
    })
    .optional(),
  /** Of another command: its name, its options and arguments as words, and the folder in which it was given. */
  asked: z.strictObject({ folder: text, command: text, words: z.array(text) }).optional(),
  /** When the run began, ISO 8601. */
  started: z.iso.datetime(),
});
export type ShardHeader = z.infer<typeof headerSchema>;

const cutSchema = z.strictObject({
  /** SHA-256 of all in the plan that decides last bits. */
  cut: sha256Schema,
});
export type ShardCut = z.infer<typeof cutSchema>;

const endSchema = z.strictObject({
  samples: count,
  /** Of them, those that were taken over from an attempt that ended before. */
  resumed: count,
  /** Null where nothing was left to do. */
  outcome: planSchema.nullable(),
  /** That the phase took, those samples left out. */
  seconds: z.number().nonnegative(),
  /** Of the files of the checkpoint that this shard was to hash, by path. */
  hashes: z.array(z.strictObject({ path: text, sha256: sha256Schema })),
  /** Of everything before this. */
  sha256: sha256Schema,
});
export type ShardEnd = Omit<z.infer<typeof endSchema>, 'outcome'> & { readonly outcome: EngineOutcome | null };

/** Far more than the lists of files and shards that they hold. */
const mostJsonBytes = 16e6;

function parsed<Value>(schema: z.ZodType<Value>, payload: Uint8Array): Value | undefined {
  if (payload.length > mostJsonBytes) return undefined;
  try {
    return schema.parse(parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(payload), 'A partial'));
  } catch {
    return undefined;
  }
}

/** @returns undefined where it is none */
export function parseHeader(payload: Uint8Array): ShardHeader | undefined {
  const header = parsed(headerSchema, payload);
  return header !== undefined && header.index < header.count && header.from <= header.to ? header : undefined;
}

export function parseCut(payload: Uint8Array): ShardCut | undefined {
  return parsed(cutSchema, payload);
}

export function parseEnd(payload: Uint8Array): ShardEnd | undefined {
  return parsed(endSchema, payload) as ShardEnd | undefined;
}
