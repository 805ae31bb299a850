import type { CalibrationSample } from '../../calibration/sample.ts';
import { InputError } from '../../errors.ts';
import { partialStem } from '../../files/reading/partialName.ts';

/*
 * Which part of a run a shard is, what the names of its files say, and which samples it has. A run is measured and attributed in
 * three phases, each in as many shards; a finished shard of a phase leaves a partial.
 */

export const shardPhases = ['base', 'sft', 'attribution'] as const;
/** Measuring the base, measuring the SFT checkpoint, and attributing on the SFT checkpoint. */
export type ShardPhase = (typeof shardPhases)[number];
/** Of readiness: lines of training and held-out ones, answers, and those at the temperature of evaluation. */
export const readinessKinds = ['training', 'held-out', 'sample', 'evaluation'] as const;
export type ReadinessKind = (typeof readinessKinds)[number];
/** Of a run its phases; the measuring of any checkpoint on a record's calibration; what readiness does; points of a sweep. */
export const shardKinds = [...shardPhases, 'verify', ...readinessKinds, 'sweep'] as const;
export type ShardKind = (typeof shardKinds)[number];

/** More would be a slip of the finger: each opens the checkpoints and reads the calibration. */
export const mostShards = 10_000;

/** One of several shards, counted from 0 as tasks of an array are. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A shard of a phase. */
export interface ShardPlace extends Shard {
  readonly phase: ShardKind;
}

/** Positions of samples: `from` up to, not including, `to`. */
export interface ShardRange {
  readonly from: number;
  readonly to: number;
}

/** How a shard is asked for again, for messages. */
export function shardWords({ phase, index, count }: ShardPlace): string {
  const named = shardPhases.some((each) => each === phase) ? ` --phase ${phase}` : '';
  return `--shard ${index}/${count}${named}`;
}

/** Reads `I/N`. @throws InputError for anything else, and where I is not one of 0…N-1 */
export function shardFrom(text: string): Shard {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim());
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || count < 1 || count > mostShards) {
    throw new InputError(
      `--shard "${text}" must be written I/N, N shards from 1 to ${mostShards}, I from 0 to N-1: 0/4, 1/4, 2/4, 3/4.`,
    );
  }
  if (index >= count) {
    throw new InputError(
      `--shard ${text}: shards are counted from 0, so of ${count} the last is ${count - 1}/${count}.`,
    );
  }
  return { index, count };
}

/** A file of a shard, as its name says. */
export interface ShardFile {
  readonly place: ShardPlace;
  /** `000002-1f…`, which sorts by when the attempt was begun; undefined: the shard is finished. */
  readonly attempt: string | undefined;
}

/** What a name says; undefined where it is no shard's. */
export function shardFileOf(name: string): ShardFile | undefined {
  const match = /^([a-z-]+)-(\d{4,9})-of-(\d{4,9})\.(?:partial|attempt-(\d{6}-[0-9a-f]{16}))$/.exec(name);
  const phase = shardKinds.find((kind) => kind === match?.[1]);
  if (match === null || phase === undefined) return undefined;
  const place = { phase, index: Number(match[2]), count: Number(match[3]) };
  return partialStem(place) === name.slice(0, name.indexOf('.')) ? { place, attempt: match[4] } : undefined;
}

/**
 * Deals samples to shards in the order of the file: neighbours, with about as many tokens a shard. It hangs on nothing but
 * the calibration and the count, so that every shard finds the same. With more shards than samples some have none.
 *
 * @param tokens of each sample
 */
export function shardRanges(tokens: readonly number[], count: number): readonly ShardRange[] {
  const total = tokens.reduce((sum, each) => sum + each, 0);
  const ranges: ShardRange[] = [];
  let at = 0;
  let before = 0;
  for (let shard = 1; shard <= count; shard++) {
    const from = at;
    // The sample goes to this shard where its middle lies within it.
    while (at < tokens.length && (shard === count || (before + tokens[at]! / 2) * count < total * shard)) {
      before += tokens[at++]!;
    }
    ranges.push({ from, to: at });
  }
  return ranges;
}

/** The samples of each shard, by the tokens that they have. */
export function rangesOf(samples: readonly Pick<CalibrationSample, 'ids'>[], count: number): readonly ShardRange[] {
  return shardRanges(
    samples.map(({ ids }) => ids.length),
    count,
  );
}
