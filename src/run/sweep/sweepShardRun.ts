import { join } from 'node:path';
import { exists } from '../../files/reading/exists.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { usingAdapters } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../progress/runEvents.ts';
import type { ShardHeader } from '../shards/file/shardContent.ts';
import { readShardHeader } from '../shards/file/shardFile.ts';
import { checkSameRun, TakenOver } from '../shards/shardAttempt.ts';
import { makeShardFolder } from '../shards/shardFolder.ts';
import { hardwareOf, threadsOf } from '../shards/shardPins.ts';
import type { Shard } from '../shards/shardPlace.ts';
import { checkShardMemory, type ShardOutcome } from '../shards/shardRun.ts';
import { workOnShard } from '../shards/workOnShard.ts';
import { anchorsOf, type PreparedSweep, preparedSweep, type SweepOptions } from './sweepRun.ts';
import { encodePoint, sweepHeader } from './sweepShards.ts';

/* One shard of a sweep: some of its points, left in a partial. */

export interface SweepShardOptions extends Omit<SweepOptions, 'out' | 'beside' | 'partials'> {
  readonly shard: Shard;
  /** The folder of all shards' partials. */
  readonly partials: string;
  /** The command, for whoever joins the partials. */
  readonly command: NonNullable<ShardHeader['asked']>;
}

/**
 * Measures a shard's points, each as one process does. Killed or stopped, the same call goes on after the last one.
 *
 * @throws as `sweepRun`; InputError for partials of another sweep, or memory that is not told
 */
export async function sweepShardRun(options: SweepShardOptions, context: RunContext): Promise<ShardOutcome> {
  checkShardMemory(options.memoryBytes);
  const { shard, partials, command: _, ...swept } = options;
  return usingAdapters(context, async (adapters) => {
    const prepared = await preparedSweep(swept, adapters, context);
    try {
      await makeShardFolder(partials, prepared.inputs);
      const part = await work(options, prepared, context);
      return { shard, parts: [part] };
    } finally {
      await prepared.measurer.close();
    }
  });
}

async function work(
  options: SweepShardOptions,
  { open, measurer, points }: PreparedSweep,
  context: RunContext,
): Promise<ShardOutcome['parts'][number]> {
  const { device, memoryBytes, processes, threads, weights, precision, sampling, shard, partials, command } = options;
  const { onEvent, signal } = context;
  const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  try {
    onEvent(deviceEvent(engine));
    const { refused, runtimeVersion, products } = engine;
    const tried = refused.map((each) => ({ device: each.device, reason: each.reason }));
    const asked = { record: runIdentity(open), points, anchors: anchorsOf(measurer.pairs), weights, precision };
    const header = sweepHeader({ ...asked, sampling: sampling?.fingerprint ?? null }, shard, memoryBytes, {
      engine: {
        ...{ device: engine.device, runtimeVersion, products, processes: engine.processes },
        ...{ threads: threadsOf(engine, options), refused: tried },
      },
      hardware: [await hardwareOf(engine, signal)],
      asked: command,
      started: new Date().toISOString(),
    });
    const { from, to } = header;
    const path = join(partials, partialName(header));
    const part = { phase: header.phase, path, samples: to - from };
    if (await exists(path)) {
      checkSameRun(path, await readShardHeader(path), header);
      return { ...part, before: true };
    }
    const clock = new PhaseClock(onEvent);
    const whole = {
      folder: partials,
      header,
      samples: to - from,
      phase: 'sweep',
      clock,
      files: [],
      hashes: [],
    } as const;
    await workOnShard(whole, context, async (own, { onCut }) => {
      for (let at = from + own.restored; at < to; at++) {
        const onProgress = (share: number) =>
          onEvent({ type: 'progress', phase: 'sweep', done: at - from + share, total: to - from, unit: 'points' });
        const heard = { signal, onEvent, onProgress, onCut };
        const point = await measurer.measure(engine, points[at]!, heard, sampling?.sample);
        own.add(encodePoint({ point, held: measurer.plan?.weights ?? null }));
      }
      return null;
    }).catch(async (error: unknown) => {
      if (!(error instanceof TakenOver && (await exists(path)))) throw error;
    });
    return { ...part, before: false };
  } finally {
    await engine.dispose();
  }
}
