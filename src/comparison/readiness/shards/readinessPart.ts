import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CalibrationSample } from '../../../calibration/sample.ts';
import { type Checkpoint, sourcesOf } from '../../../checkpoint/checkpoint.ts';
import type { Prompt } from '../../../readiness/prompts/prompt.ts';
import { type EngineFacts, lasting, samplesHash } from '../../../run/attribution/runLoad.ts';
import type { PromptRendering } from '../../../run/readiness/engineSource.ts';
import type { SampleOptions } from '../../../run/readiness/rolloutSource.ts';
import type { Pins, ShardHeader } from '../../../run/shards/file/shardContent.ts';
import { rangesOf, type Shard, type ShardRange, shardRanges } from '../../../run/shards/shardPlace.ts';
import { promptBatches } from '../../../sampling/promptBatches.ts';
import { program } from '../../../settings/programInfo.ts';
import type { WeightStorage } from '../../../settings/weightStorage.ts';

/*
 * A part of readiness that is cut into shards: one checkpoint's answers at a temperature, or its measures of training or
 * held-out lines. The partials of a checkpoint lie in a folder named by its place among those that are compared.
 */

/** Lines that are teacher-forced. */
export interface LinesWork {
  readonly kind: 'training' | 'held-out';
  readonly samples: readonly CalibrationSample[];
}

/** Prompts that are answered. */
export interface AnswersWork {
  readonly kind: 'sample' | 'evaluation';
  /** All of the run, by index. */
  readonly prompts: readonly Prompt[];
  readonly options: Omit<SampleOptions, 'signal'>;
  readonly rendering: PromptRendering;
}

/** What is asked of the engine. */
export type ReadinessWork = LinesWork | AnswersWork;

/** One checkpoint's. */
export interface ReadinessPart<Work extends ReadinessWork = ReadinessWork> {
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint among all. */
  readonly position: number;
  readonly work: Work;
}

/** What shards must have in common of how checkpoints are run. */
export interface PartEngine extends EngineFacts, Pick<ShardHeader['engine'], 'threads'> {
  readonly memoryBytes: number;
  readonly weights: WeightStorage;
}

/** Lines as a run's samples are dealt; prompts in whole batches, as near neighbours. */
export function partRanges(work: ReadinessWork, count: number): readonly ShardRange[] {
  if ('samples' in work) return rangesOf(work.samples, count);
  const batches = promptBatches(work.prompts.length, work.options.samples);
  const start = (batch: number) => batches[batch]?.from ?? work.prompts.length;
  const sizes = batches.map(({ from, to }) => to - from);
  return shardRanges(sizes, count).map(({ from, to }) => ({ from: start(from), to: start(to) }));
}

function pinsOf({ checkpoint, work }: ReadinessPart, engine: PartEngine, count: number): Pins {
  const { device, runtimeVersion, products, threads, memoryBytes, weights } = engine;
  const { folder, merged } = checkpoint;
  const pins = {
    ...{ program: program.version, runtime: runtimeVersion, device, precision: products, weights },
    ...{ memory: memoryBytes, threads, shards: count },
    checkpoint: { folder, files: sourcesOf(checkpoint).files.map(lasting), mergedInto: merged?.base ?? null },
    ...workPins(work),
  };
  return JSON.parse(JSON.stringify(pins)) as Pins;
}

function workPins(work: ReadinessWork): Pins {
  if ('samples' in work) {
    return { [`tokens of the ${work.kind} lines`]: samplesHash(work.samples) };
  }
  const { samples, temperature, topP, maxTokens, seed } = work.options;
  const prompts = createHash('sha256').update(JSON.stringify(work.prompts.map(({ input }) => input)));
  const { chatTemplate, templateArgs, specialTokens } = work.rendering;
  return {
    ...{ prompts: prompts.digest('hex'), samples, temperature, 'top-p': topP, 'max-tokens': maxTokens, seed },
    ...{ 'chat template': chatTemplate, 'template arguments': templateArgs, 'special tokens': specialTokens },
  };
}

/** What is the same in all headers of an attempt or a join. */
export type PartFacts = Pick<ShardHeader, 'engine' | 'hardware' | 'asked' | 'started'>;

/** The header of a shard's partial. */
export function partHeader(
  part: ReadinessPart,
  shard: Shard,
  { memoryBytes, weights }: Pick<PartEngine, 'memoryBytes' | 'weights'>,
  { engine, hardware, asked, started }: PartFacts,
): ShardHeader {
  return {
    program: 'rejuvenate',
    what: 'partial of a run',
    version: 1,
    phase: part.work.kind,
    ...shard,
    ...partRanges(part.work, shard.count)[shard.index]!,
    pins: pinsOf(part, { ...engine, memoryBytes, weights }, shard.count),
    ...{ engine, hardware, asked, started },
  };
}

/** Where the partials of a checkpoint lie. */
export function partFolder(partials: string, position: number): string {
  return join(partials, String(position));
}
