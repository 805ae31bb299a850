import { placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { InputError } from '../../errors.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { resetBudget } from '../../method/resetSet.ts';
import { topTokens } from '../../settings/runSettings.ts';
import { attributed, checkAttribution } from '../attribution/attributionSums.ts';
import { completionBy } from '../attribution/recordedVocabulary.ts';
import { targetsOf } from '../attribution/runTargets.ts';
import type { RunContext } from '../progress/runContext.ts';
import { encodeAttribution } from './file/attributionPayload.ts';
import type { ShardHeader } from './file/shardContent.ts';
import type { RunningShard } from './runningShard.ts';
import { measuresIn, readMeasures } from './shardMeasures.ts';
import { targetsHash } from './shardPins.ts';
import type { ShardPhase } from './shardPlace.ts';
import { measureOnShard, type ShardPart, workOnShard } from './workOnShard.ts';

/* What a shard has the engine do in each of its phases. Its requests are the whole run's, of which it has a part done. */

const clockPhases = { base: 'base entropy', sft: 'SFT entropy', attribution: 'attribution' } as const;

function partOf({ folder, clock, files, shard, sft }: RunningShard, header: ShardHeader): Omit<ShardPart, 'samples'> {
  const { phase } = header;
  const own = phase === 'base' ? files.base.files : files.sft.files;
  return {
    ...{ folder, header, clock, phase: clockPhases[phase as ShardPhase], files: own },
    // Each file of a checkpoint is hashed by one of the shards that measure it.
    hashes: phase === 'attribution' ? [] : own.filter((_, i) => i % shard.count === shard.index),
    ...(sft.merged !== undefined && { check: () => checkUnchanged(sft, 'while it was measured') }),
  };
}

/** Measures the shard's samples on one of the checkpoints. @throws as {@link shardRun} */
export async function measureShard(
  running: RunningShard,
  phase: Exclude<ShardPhase, 'attribution'>,
  context: RunContext,
): Promise<void> {
  const { engine, calibration, sft, vocabulary, headerOf } = running;
  const { samples } = calibration;
  const checkpoint = running[phase];
  const completion = phase === 'base' ? completionBy(placeOf(sft), vocabulary) : undefined;
  const measured = { engine, folder: checkpoint.folder, place: placeOf(checkpoint), completion, samples, topTokens };
  await measureOnShard(partOf(running, headerOf(phase)), measured, context);
}

/** Attributes the targets of the shard's samples. @throws as {@link shardRun} */
export async function attributeShard(running: RunningShard, context: RunContext): Promise<void> {
  const { engine, calibration, sft, headerOf, ranges, folder, shard, settings, heldOut } = running;
  const header = headerOf('attribution');
  const paths = await measuresIn(folder, shard.count);
  const { samples } = calibration;
  const measured = async (phase: 'base' | 'sft') =>
    (await readMeasures(paths[phase], ranges, headerOf(phase), samples, running[phase].folder)).measures;
  const targets = targetsOf(samples, await measured('base'), await measured('sft'), settings.topN, heldOut);
  if (targets.total === 0) {
    throw new InputError('The calibration has no response token that a prompt or token precedes.');
  }
  const all = attributed(targets);
  const { from, to } = header;
  const [first, end] = [from, to].map((position) => all.filter(({ sample }) => sample.index < position).length);
  const own = { ...header, targets: targetsHash(targets) };
  await workOnShard({ ...partOf(running, own), samples: end! - first! }, context, (each, heard) => {
    let next = first! + each.restored;
    return engine.attribute(
      {
        checkpoint: placeOf(sft),
        samples: all.map(({ sample: { index, ids, responses }, targets: ofSample, firstTarget }) => {
          return { index, ids, responses, targets: ofSample, firstTarget };
        }),
        firstSample: next,
        endSample: end!,
        rankLimit: resetBudget(settings.rhoMax, neuronLayout(sft.architecture).total),
      },
      {
        ...heard,
        onSample(result) {
          checkAttribution(result, all[next++], sft.folder);
          each.add(encodeAttribution(result));
        },
      },
    );
  });
}
