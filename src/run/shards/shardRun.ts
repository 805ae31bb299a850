import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { checkSettings } from '../../settings/runSettings.ts';
import { type Loaded, load } from '../attribution/runLoad.ts';
import { usingAdapters } from '../files/adapters.ts';
import { locateInputs } from '../files/locateInputs.ts';
import { checkOutputs, type RunInputs } from '../files/runOutputs.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../progress/runEvents.ts';
import { readShardHeader } from './file/shardFile.ts';
import { beginShard, type RunningShard, type ShardOptions } from './runningShard.ts';
import { checkSameRun, TakenOver } from './shardAttempt.ts';
import { makeShardFolder } from './shardFolder.ts';
import { MissingMeasures, measuresIn } from './shardMeasures.ts';
import { pinsOf, threadsOf } from './shardPins.ts';
import { rangesOf, type Shard, type ShardKind, type ShardPhase, shardPhases } from './shardPlace.ts';
import { attributeShard, measureShard } from './shardWork.ts';

/* One shard of a run, from its inputs to its partials. */

/** A partial that there is now. */
export interface ShardPart {
  readonly phase: ShardKind;
  readonly path: string;
  readonly samples: number;
  /** It was there before. */
  readonly before: boolean;
}

/** What became of a shard. */
export interface ShardOutcome {
  readonly shard: Shard;
  readonly parts: readonly ShardPart[];
  /** Why it could not be attributed yet, in a sentence. */
  readonly waits?: string;
}

/** @throws InputError where it is left to each machine how much memory is taken */
export function checkShardMemory(memoryBytes: number): void {
  if (memoryBytes > 0) return;
  throw new InputError('Shards must all be cut alike: say with --memory SIZE how much each process may take.');
}

/**
 * Measures or attributes one shard of a run, and leaves its partials. Killed or stopped, the same call goes on from the last
 * finished sample.
 *
 * @throws InputError for bad input, measures that are missing, or partials of another run
 * @throws RunError when the engine fails, an input changes meanwhile, or another attempt takes over; Interrupted on abort
 */
export async function shardRun(options: ShardOptions, context: RunContext): Promise<ShardOutcome> {
  const { settings, record, overwrite, partials, phase, shard } = options;
  checkSettings(settings);
  checkShardMemory(settings.memoryBytes);
  const { inputs, notes } = await locateInputs(options.inputs);
  await checkOutputs({ ...inputs, chatTemplate: settings.chatTemplate }, { record }, overwrite);
  const named = [inputs.base, inputs.sft, inputs.tokenizer ?? ''];
  await makeShardFolder(partials, named);
  if (phase === 'attribution') await measuresIn(partials, shard.count);
  return usingAdapters(context, (adapters) => run(options, { inputs, notes }, adapters, context));
}

async function run(
  options: ShardOptions,
  located: { readonly inputs: RunInputs; readonly notes: readonly string[] },
  adapters: MergedAdapters,
  context: RunContext,
): Promise<ShardOutcome> {
  const { onEvent, signal } = context;
  const { settings, shard, partials, phase } = options;
  const started = new Date().toISOString();
  const clock = new PhaseClock(onEvent);
  clock.begin('load');
  const loaded = await load(located.inputs, settings, adapters, context);
  clock.end();
  for (const text of [...located.notes, ...loaded.notes]) onEvent({ type: 'note', text });
  const ranges = rangesOf(loaded.calibration.samples, shard.count);
  const parts: ShardPart[] = [];
  const left: ShardPhase[] = [];
  for (const each of phase === undefined ? shardPhases : [phase]) {
    const path = join(partials, partialName({ phase: each, ...shard }));
    if (!(await exists(path))) {
      left.push(each);
      continue;
    }
    await checkFinished(path, options, loaded);
    const { from, to } = ranges[shard.index]!;
    parts.push({ phase: each, path, samples: to - from, before: true });
    onEvent({ type: 'note', text: `${quotedPath(path)} is there already.` });
  }
  if (left.length === 0) return { shard, parts };
  const { device, memoryBytes, processes, threads, weights, precision } = settings;
  const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  try {
    onEvent(deviceEvent(engine));
    const running = await beginShard({ ...options, started }, loaded, engine, clock, signal);
    for (const each of left) {
      try {
        parts.push(await work(running, each, context));
      } catch (error) {
        // Without a phase what can be done is done; the rest waits.
        if (!(error instanceof MissingMeasures) || phase !== undefined) throw error;
        return { shard, parts, waits: error.message };
      }
    }
    return { shard, parts };
  } finally {
    await engine.dispose();
  }
}

async function work(running: RunningShard, phase: ShardPhase, context: RunContext): Promise<ShardPart> {
  const { folder, shard, ranges } = running;
  const path = join(folder, partialName({ phase, ...shard }));
  const { from, to } = ranges[shard.index]!;
  const part = { phase, path, samples: to - from };
  try {
    await (phase === 'attribution' ? attributeShard(running, context) : measureShard(running, phase, context));
    return { ...part, before: false };
  } catch (error) {
    if (error instanceof TakenOver && (await exists(path))) return { ...part, before: true };
    throw error;
  }
}

/** Checks that a finished shard is of this run, without an engine. */
async function checkFinished(
  path: string,
  { settings, scores }: Pick<ShardOptions, 'settings' | 'scores'>,
  loaded: Loaded,
): Promise<void> {
  const header = await readShardHeader(path);
  const device = settings.device === 'auto' ? header.engine.device : settings.device;
  const facts = { ...header.engine, device, threads: threadsOf({ device }, settings) };
  const pins = pinsOf(settings, loaded, facts, header.count);
  const kept = header.phase === 'attribution' && scores === true ? true : undefined;
  checkSameRun(path, header, { ...header, pins, scores: kept });
}
