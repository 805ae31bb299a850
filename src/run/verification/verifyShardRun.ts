import { usingAdapters } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent } from '../progress/runEvents.ts';
import type { Shard } from '../shards/shardPlace.ts';
import { checkShardMemory, type ShardOutcome, type ShardPart } from '../shards/shardRun.ts';
import { calibrationSamples, preparedVerification, type VerifyOptions } from '../verifyRun.ts';
import { measureVerified, shardSamples } from './verifyShards.ts';

/**
 * Measures one shard of the record's samples on each checkpoint, and leaves partials, which `verifyRun` reads.
 *
 * @throws as `verifyRun`; InputError for partials of another verification, or memory that is not told
 */
export async function verifyShardRun(
  options: Omit<VerifyOptions, 'save' | 'partials'> & { readonly shard: Shard; readonly partials: string },
  context: RunContext,
): Promise<ShardOutcome> {
  const { device, memoryBytes, processes, threads, weights, precision, shard, partials } = options;
  const { onEvent, signal } = context;
  checkShardMemory(memoryBytes);
  return usingAdapters(context, async (adapters) => {
    const { open, checkpoints, clock } = await preparedVerification(adapters, { ...options, save: false }, context);
    const samples = calibrationSamples(open);
    const { topTokens } = open.record.settings;
    const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
    try {
      onEvent(deviceEvent(engine));
      const work = { engine, settings: options, shard, partials, clock, samples, topTokens };
      const parts: ShardPart[] = [];
      for (const [position, verified] of checkpoints.entries()) {
        const part = await measureVerified(verified, position, work, context);
        parts.push({ ...part, phase: 'verify', samples: shardSamples(samples, shard) });
      }
      return { shard, parts };
    } finally {
      await engine.dispose();
    }
  });
}
