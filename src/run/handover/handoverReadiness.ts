import { join } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { InputError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { realPathOf } from '../../files/reading/realPath.ts';
import { quotedPath, shown } from '../../files/reading/shown.ts';
import { readReadiness } from '../../record/readiness/readinessFile.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';

/* What a readiness record says for RL of the checkpoint that is handed over: group size, temperature, entropy. */

/** The share of dead groups that readiness' own condition allows (docs/readiness.md). */
const mostDead = 0.5;

export interface ReadinessAdvice {
  /** Path of the record. */
  readonly record: string;
  /** The checkpoint's name in it. */
  readonly name: string;
  /** The smallest measured size whose dead groups are at most half; undefined where nothing was sampled or none is. */
  readonly groupSize: number | undefined;
  /** That of RL's rollouts, and the longest answer, in tokens, that the figures hold for. */
  readonly temperature: number | undefined;
  readonly responseLength: number | undefined;
  readonly notes: readonly string[];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Same files by name, size and configuration: weights are not hashed, as nowhere between records. */
async function isMeasured({ checkpoint }: ReadinessRow, { shards, folder }: Checkpoint): Promise<boolean> {
  if (checkpoint === null) return false;
  const weights = checkpoint.files.filter(({ name }) => name.endsWith('.safetensors'));
  const bytes = new Map(weights.map((file) => [file.name, file.bytes]));
  const same =
    weights.length === shards.length && shards.every(({ name, byteLength }) => bytes.get(name) === byteLength);
  return same && (await hashInput(join(folder, 'config.json'), inputKinds.config)).sha256 === checkpoint.configSha256;
}

async function isIn(folder: string, row: ReadinessRow): Promise<boolean> {
  if (row.checkpoint === null) return false;
  const there = await realPathOf(row.checkpoint.folder).catch(() => undefined);
  return there !== undefined && there === (await realPathOf(folder));
}

/** The checkpoint's row: of the same folder and files. */
async function rowOf(record: ReadinessRecord, path: string, checkpoint: Checkpoint): Promise<ReadinessRow> {
  for (const row of record.rows) {
    if (!(await isIn(checkpoint.folder, row))) continue;
    if (await isMeasured(row, checkpoint)) return row;
    throw new InputError(
      `${quotedPath(path)} measured other files in ${quotedPath(checkpoint.folder)} than are there now: run readiness again.`,
    );
  }
  const names = record.rows.map(({ name }) => shown(name)).join(', ');
  throw new InputError(
    `${quotedPath(path)} does not measure ${quotedPath(checkpoint.folder)}, but ${names}: give the record of this checkpoint.`,
  );
}

function teacherForcedNotes(row: ReadinessRow): string[] {
  const figures = row.heldOut ?? row.training;
  if (figures === null) return [];
  const where = row.heldOut === null ? 'training' : 'held-out';
  return [`Entropy over response tokens of ${where} lines: ${figures.entropy.toFixed(3)} nats, teacher-forced.`];
}

function entropyNotes(row: ReadinessRow, base: ReadinessRow | undefined): string[] {
  const [own, other] = [row.sampled[0]?.entropy ?? null, base?.sampled[0]?.entropy ?? null];
  if (own === null) return [];
  const against = other === null ? '' : `; the base's: ${other.toFixed(3)}`;
  return [`Entropy of sampled tokens at temperature 1: ${own.toFixed(3)} nats${against}.`];
}

/**
 * @param path of `NAME.readiness.json`
 * @throws InputError when it cannot be read, or is not of this checkpoint as it is now
 */
export async function readinessAdvice(path: string, checkpoint: Checkpoint): Promise<ReadinessAdvice> {
  const record = await readReadiness(path);
  const row = await rowOf(record, path, checkpoint);
  const { sampling } = record;
  const sampled = row.sampled[0];
  const notes: string[] = [];
  if (row.ready !== null) {
    notes.push(row.ready ? 'It meets the conditions of the record.' : 'It does not meet the conditions of the record.');
  }
  let groupSize: number | undefined;
  if (sampling !== null && sampled !== undefined) {
    const groups = [...sampled.deadGroups].sort((one, other) => one.group - other.group);
    groupSize = groups.find(({ value }) => value <= mostDead)?.group;
    const shares = groups.map(({ group, value }) => `${group}: ${percent(value)}`).join(', ');
    notes.push(
      `Predicted share of dead groups by group size, on ${sampling.prompts.lines.length} prompts with ${sampling.samples} answers at ` +
        `temperature ${sampled.temperature}: ${shares}.`,
    );
    if (groupSize === undefined) {
      notes.push(
        'With none of these sizes are at most half of the groups dead: easier or harder prompts would teach more.',
      );
    }
    const one = sampled.passAtK[0]!;
    const last = sampled.passAtK.at(-1)!;
    notes.push(`Pass@1 ${percent(one.value)}, Pass@${sampled.passAtK.length} ${percent(last.value)}.`);
    const { longest, stopRate } = sampled;
    if (stopRate !== null && stopRate < 1) {
      const most = longest === null ? '' : `; the longest had ${longest} tokens`;
      notes.push(`${percent(1 - stopRate)} of the answers were cut off at ${sampling.maxTokens} tokens${most}.`);
    }
  }
  notes.push(
    ...entropyNotes(
      row,
      record.rows.find(({ isBase }) => isBase && row.isBase === false),
    ),
  );
  notes.push(...teacherForcedNotes(row));
  return {
    record: path,
    name: row.name,
    groupSize,
    temperature: sampled?.temperature,
    responseLength: sampled === undefined ? undefined : sampling?.maxTokens,
    notes,
  };
}
