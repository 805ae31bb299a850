import { join } from 'node:path';
import type { CalibrationSample } from '../../calibration/sample.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { EngineOutcome, SampleMeasures } from '../../protocol/engine.ts';
import { checkMeasures, type MeasuredCheckpoint } from '../attribution/runMeasures.ts';
import { decodeMeasures } from '../resume/measuresPayload.ts';
import type { ShardHeader } from './file/shardContent.ts';
import { damaged, readPartial, readShardHeader, type WholeShard } from './file/shardFile.ts';
import { checkSameRun } from './shardAttempt.ts';
import { shardFiles } from './shardFolder.ts';
import { type ShardKind, type ShardPhase, type ShardRange, shardWords } from './shardPlace.ts';

/* Reads what all shards of a phase found, in the order of the samples. */

/** All partials of a phase, in the order of the shards. */
export interface FoundPhase {
  readonly count: number;
  readonly paths: readonly string[];
  readonly headers: readonly ShardHeader[];
  /** What they were computed on, each once. */
  readonly hardware: readonly string[];
}

/**
 * Finds the partials of a phase in a folder: each shard once, all of them.
 *
 * @param what they are of, and what such work is called, for messages
 * @throws InputError naming what is missing, damaged, or of other numbers of shards
 */
export async function findPhase(
  folder: string,
  phase: ShardKind,
  what: string,
  work: 'run' | 'sweep' | 'verification',
): Promise<FoundPhase> {
  const found = (await shardFiles(folder)).filter(
    ({ attempt, place }) => attempt === undefined && place.phase === phase,
  );
  const [first] = found;
  if (first === undefined) {
    throw new InputError(
      `There are no partials of ${what} in ${quotedPath(folder)} (${phase}-…): run all shards first (--shard I/N).`,
    );
  }
  const { count } = first.place;
  const other = found.find(({ place }) => place.count !== count);
  if (other !== undefined) {
    throw new InputError(
      `${quotedPath(first.path)} is of ${count} shards and ${quotedPath(other.path)} of ${other.place.count}: ` +
        `take out those of the other ${work}.`,
    );
  }
  const places = Array.from({ length: count }, (_, index) => ({ phase, index, count }));
  const missing = places.find(({ index }) => !found.some(({ place }) => place.index === index));
  if (missing !== undefined) {
    const path = quotedPath(join(folder, partialName(missing)));
    throw new InputError(`${path} is missing: run that shard with ${shardWords(missing)}.`);
  }
  const paths = places.map((place) => join(folder, partialName(place)));
  const headers: ShardHeader[] = [];
  for (const [index, path] of paths.entries()) {
    const header = await readShardHeader(path);
    if (header.phase !== phase || header.index !== index || header.count !== count)
      throw damaged(path, { ...header, ...places[index]! });
    headers.push(header);
  }
  const hardware = [...new Set(headers.flatMap((each) => each.hardware))].sort();
  return { count, paths, headers, hardware };
}

/** What the partials of a phase say together. */
export interface ReadPhase {
  readonly outcome: EngineOutcome | null;
  readonly resumed: number;
  readonly seconds: number;
  /** SHA-256 of the checkpoint's files that they hashed, by path. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Hears what a partial holds. */
type OnPartial = (payload: Uint8Array, header: ShardHeader, path: string) => void | Promise<void>;

/**
 * Reads the partials of a phase one after the other.
 *
 * @param paths of each shard's partial
 * @param ranges of each shard's samples
 * @param own header of whoever reads: of the same run
 * @param due how many samples a shard of these has to have
 * @param onSample hears every sample
 * @param onScores hears the scores of each target, before its sample
 * @throws InputError naming a partial that is damaged, of another run, or cut in another way than the others
 */
export async function readPhase(
  paths: readonly string[],
  ranges: readonly ShardRange[],
  own: ShardHeader,
  due: (range: ShardRange) => number,
  onSample: OnPartial,
  onScores: OnPartial = () => {},
): Promise<ReadPhase> {
  let first: WholeShard | undefined;
  let outcome: EngineOutcome | null = null;
  let resumed = 0;
  let seconds = 0;
  const hashes = new Map<string, string>();
  for (const [index, path] of paths.entries()) {
    const hears = (listener: OnPartial) => (payload: Uint8Array, header: ShardHeader) => {
      checkSameRun(path, header, own);
      return listener(payload, header, path);
    };
    const found = await readPartial(path, hears(onSample), hears(onScores));
    const { header, end, cut, samples } = found;
    checkSameRun(path, header, own);
    const range = ranges[index]!;
    const right = header.from === range.from && header.to === range.to && samples === due(range);
    if (!right) throw damaged(path, header);
    if (cut !== undefined) {
      if (first !== undefined && first.cut !== cut) throw otherCut(path, header, first.path);
      first ??= found;
    }
    if (end.outcome !== null) {
      const peakBytes: number = Math.max(end.outcome.peakBytes, outcome?.peakBytes ?? 0);
      outcome = { ...(outcome ?? end.outcome), peakBytes };
    }
    resumed += end.resumed;
    seconds += end.seconds;
    for (const { path: file, sha256 } of end.hashes) hashes.set(file, sha256);
  }
  return { outcome, resumed, seconds, hashes };
}

function otherCut(path: string, header: ShardHeader, other: string): InputError {
  return new InputError(
    `The work of ${quotedPath(path)} was cut in another way than that of ${quotedPath(other)}, as where memory or room for ` +
      `scratch files ran out: delete one of the two, and make it again (${shardWords(header)}), ` +
      'or all of them with less --memory.',
  );
}

/** What the shards of a phase of measuring found. */
export interface ReadMeasures extends ReadPhase, MeasuredCheckpoint {}

/**
 * Reads the measures of all samples.
 *
 * @param folder of the checkpoint, for messages
 * @throws InputError as {@link readPhase}; RunError for values that are not finite
 */
export async function readMeasures(
  paths: readonly string[],
  ranges: readonly ShardRange[],
  own: ShardHeader,
  samples: readonly CalibrationSample[],
  folder: string,
): Promise<ReadMeasures> {
  const measures: SampleMeasures[] = [];
  const all = ({ from, to }: ShardRange) => to - from;
  const phase = await readPhase(paths, ranges, own, all, (payload, header, path) => {
    const found = decodeMeasures(payload);
    const sample = samples[measures.length];
    if (found === undefined || sample === undefined || found.index !== sample.index) throw damaged(path, header);
    checkMeasures(found, sample, folder);
    measures.push(found);
  });
  return { ...phase, measures, plan: phase.outcome };
}

/**
 * Where the partials of measuring lie in a folder.
 *
 * @throws InputError naming those that are missing
 */
export async function measuresIn(folder: string, count: number): Promise<Record<'base' | 'sft', readonly string[]>> {
  const paths = (phase: ShardPhase) =>
    Array.from({ length: count }, (_, index) => join(folder, partialName({ phase, index, count })));
  const found = { base: paths('base'), sft: paths('sft') };
  const missing: string[] = [];
  for (const path of [...found.base, ...found.sft]) if (!(await exists(path))) missing.push(path);
  if (missing.length > 0) throw new MissingMeasures(folder, missing);
  return found;
}

/** Not all shards are measured yet. */
export class MissingMeasures extends InputError {
  constructor(folder: string, missing: readonly string[]) {
    const names = missing.slice(0, 4).map((path) => path.slice(folder.length + 1));
    const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
    super(
      `Attribution needs the measures of all shards, and in ${quotedPath(folder)} ${missing.length === 1 ? 'is' : 'are'} not yet ` +
        `${names.join(', ')}${more}: wait for those shards, or run them with --phase base and --phase sft.`,
    );
  }
}
