import { join } from 'node:path';
import { placeOf } from '../../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../../checkpoint/unchanged.ts';
import type { Engine } from '../../../engine/process/engine.ts';
import { InputError, RunError } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { partialName } from '../../../files/reading/partialName.ts';
import { answersAt, temperaturesOf } from '../../../readiness/temperatures.ts';
import type { Phase } from '../../../record/phases.ts';
import { usingAdapters } from '../../../run/files/adapters.ts';
import type { RunContext } from '../../../run/progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../../../run/progress/runEvents.ts';
import { type EngineSourceOptions, heldEngineSource } from '../../../run/readiness/engineSource.ts';
import { encodeRollouts } from '../../../run/readiness/rolloutPayload.ts';
import type { SampledCheckpoint } from '../../../run/readiness/rolloutSource.ts';
import type { ShardHeader } from '../../../run/shards/file/shardContent.ts';
import { readShardHeader } from '../../../run/shards/file/shardFile.ts';
import { checkSameRun, TakenOver } from '../../../run/shards/shardAttempt.ts';
import { makeShardFolder } from '../../../run/shards/shardFolder.ts';
import { hardwareOf, threadsOf } from '../../../run/shards/shardPins.ts';
import type { Shard } from '../../../run/shards/shardPlace.ts';
import { checkShardMemory, type ShardOutcome, type ShardPart } from '../../../run/shards/shardRun.ts';
import { measureOnShard, workOnShard } from '../../../run/shards/workOnShard.ts';
import { locateCompared, openCompared } from '../openCompared.ts';
import { checkReadinessOptions, type ReadinessOptions } from '../readinessOptions.ts';
import { readSampledPrompts } from '../sampledRows.ts';
import { readLineSets } from '../teacherForcedRows.ts';
import { type AnswersWork, type PartFacts, partFolder, partHeader, type ReadinessPart } from './readinessPart.ts';

/* One shard of a readiness run: what the engine does of it, left in partials. Nothing is graded or judged here. */

export interface ReadinessShardOptions {
  /** What all shards together are asked. */
  readonly asked: ReadinessOptions;
  /** The command, for whoever joins the partials. */
  readonly command: NonNullable<ShardHeader['asked']>;
  readonly engine: EngineSourceOptions;
  readonly shard: Shard;
  /** The folder of all shards' partials. */
  readonly partials: string;
}

interface Running extends ReadinessShardOptions {
  readonly running: Engine;
  readonly facts: PartFacts;
  readonly clock: PhaseClock;
}

/**
 * Measures and samples a shard of the lines and prompts, checkpoint by checkpoint. Killed or stopped, the same call goes on.
 *
 * @throws InputError for bad input, or partials of another run; before any work where that can be told
 * @throws RunError when the engine fails, or an input changes meanwhile; Interrupted on abort
 */
export async function readinessShard(options: ReadinessShardOptions, context: RunContext): Promise<ShardOutcome> {
  const { asked, partials, shard, engine } = options;
  checkReadinessOptions(asked);
  if (asked.elsewhere) throw new InputError('Only what is run here is cut into shards: leave --shard out.');
  checkShardMemory(engine.memoryBytes);
  const located = await locateCompared(asked);
  await makeShardFolder(partials, located.folders);
  return usingAdapters(context, async (adapters) => {
    const { onEvent, signal } = context;
    const clock = new PhaseClock(onEvent);
    clock.begin('load');
    for (const text of located.notes) onEvent({ type: 'note', text });
    const compared = await openCompared(asked, located, adapters, context);
    const works = await worksOf(options, compared, context);
    clock.end();
    const { device, memoryBytes, processes, threads, weights, precision } = engine;
    const running = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
    try {
      onEvent(deviceEvent(running));
      const facts = await factsOf(options, running, context);
      const parts: ShardPart[] = [];
      for (const [position, { checkpoint }] of compared.entries()) {
        for (const work of works) {
          const part = { checkpoint: checkpoint!, position, work };
          parts.push(await workOff(part, { ...options, running, facts, clock }, context));
        }
      }
      return { shard, parts };
    } finally {
      await running.dispose();
    }
  });
}

/** What is done with each checkpoint, in the order of one process. */
async function worksOf(
  { asked: { lines, sampling }, engine }: ReadinessShardOptions,
  compared: readonly SampledCheckpoint[],
  context: RunContext,
): Promise<readonly ReadinessPart['work'][]> {
  const works: ReadinessPart['work'][] = [];
  const prompts = sampling && (await readSampledPrompts(sampling, context)).prompts;
  if (lines !== undefined) {
    const checkpoints = compared.map(({ checkpoint }) => checkpoint!);
    const { training, heldOut } = await readLineSets(lines, checkpoints, context);
    if (training !== undefined) works.push({ kind: 'training', samples: training.calibration.samples });
    if (heldOut !== undefined) works.push({ kind: 'held-out', samples: heldOut.calibration.samples });
  }
  if (sampling === undefined) return works;
  const { chatTemplate, templateArgs, specialTokens } = engine;
  const { topP, maxTokens, stop, seed } = sampling;
  for (const [t, temperature] of temperaturesOf(sampling).entries()) {
    works.push({
      kind: t === 0 ? 'sample' : 'evaluation',
      prompts: prompts!,
      options: { samples: answersAt(temperature, sampling), temperature, topP, maxTokens, stop, seed },
      rendering: { chatTemplate, templateArgs, specialTokens },
    });
  }
  return works;
}

async function factsOf(
  { engine, command }: ReadinessShardOptions,
  running: Engine,
  { signal }: RunContext,
): Promise<PartFacts> {
  const { device, runtimeVersion, products, processes, refused } = running;
  return {
    engine: {
      ...{ device, runtimeVersion, products, processes, threads: threadsOf(running, engine) },
      refused: refused.map(({ device: each, reason }) => ({ device: each, reason })),
    },
    hardware: [await hardwareOf(running, signal)],
    asked: command,
    started: new Date().toISOString(),
  };
}

async function workOff(part: ReadinessPart, running: Running, context: RunContext): Promise<ShardPart> {
  const { shard, partials, facts, engine } = running;
  const header = partHeader(part, shard, engine, facts);
  const folder = partFolder(partials, part.position);
  await makeShardFolder(folder, [part.checkpoint.folder]);
  const path = join(folder, partialName(header));
  const done = { phase: header.phase, path, samples: header.to - header.from };
  if (await exists(path)) {
    checkSameRun(path, await readShardHeader(path), header);
    return { ...done, before: true };
  }
  try {
    await work(part, header, folder, running, context);
    return { ...done, before: false };
  } catch (error) {
    if (error instanceof TakenOver && (await exists(path))) return { ...done, before: true };
    throw error;
  }
}

async function work(
  { checkpoint, work: asked }: ReadinessPart,
  header: ShardHeader,
  folder: string,
  { running, clock, engine }: Running,
  context: RunContext,
): Promise<void> {
  const phase: Phase = 'samples' in asked ? 'measure' : 'sample';
  const common = {
    ...{ folder, header, phase, clock, files: checkpoint.files, hashes: [] },
    check: () => checkUnchanged(checkpoint, 'while it was read'),
  };
  if ('samples' in asked) {
    const { samples } = asked;
    const measured = { engine: running, folder: checkpoint.folder, place: placeOf(checkpoint), samples, topTokens: 1 };
    await measureOnShard(common, measured, context);
    return;
  }
  const source = heldEngineSource(running, checkpoint, engine, context.onEvent);
  await sampleOnShard({ ...common, samples: header.to - header.from }, asked, source, context);
}

async function sampleOnShard(
  part: Parameters<typeof workOnShard>[0],
  { prompts, options }: AnswersWork,
  source: ReturnType<typeof heldEngineSource>,
  context: RunContext,
): Promise<void> {
  const { from, to } = part.header;
  await workOnShard(part, context, async (own, { onCut }) => {
    let next = from + own.restored;
    let answers = 0;
    const total = (to - next) * options.samples;
    const onAnswer = () =>
      context.onEvent({ type: 'progress', phase: 'sample', done: Math.min(++answers, total), total, unit: 'samples' });
    const how = { ...options, signal: context.signal, among: prompts, onCut, onAnswer };
    for await (const done of source.sample(prompts.slice(next, to), how)) {
      const prompt = prompts[next++];
      if (done.prompt !== prompt?.index) throw new RunError(`The engine returned prompt ${done.prompt} out of order.`);
      own.add(Buffer.from(encodeRollouts(done)));
    }
    return null;
  });
}
