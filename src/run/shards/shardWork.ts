import { join } from 'node:path';
import { placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { InputError } from '../../errors.ts';
import { checkFreeSpace } from '../../files/writing/freeSpace.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { resetBudget } from '../../method/resetSet.ts';
import { topTokens } from '../../settings/runSettings.ts';
import { attributed, checkAttribution } from '../attribution/attributionSums.ts';
import { completionBy } from '../attribution/recordedVocabulary.ts';
import { type SampleTargets, targetsOf } from '../attribution/runTargets.ts';
import type { RunContext } from '../progress/runContext.ts';
import { encodeAttribution } from './file/attributionPayload.ts';
import type { ShardHeader } from './file/shardContent.ts';
import type { RunningShard } from './runningShard.ts';
import { roomForAttempt } from './shardAttempt.ts';
import { measuresIn, readMeasures } from './shardMeasures.ts';
import { targetsHash } from './shardPins.ts';
import type { ShardPhase } from './shardPlace.ts';
import { ShardScores } from './shardScores.ts';
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
  const { engine, calibration, sft, headerOf, ranges, folder, shard, settings, heldOut, scores } = running;
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
  const own: ShardHeader = { ...header, targets: targetsHash(targets), scores: scores || undefined };
  const layout = neuronLayout(sft.architecture);
  const rankLimit = resetBudget(settings.rhoMax, layout.total);
  const dealt = all.slice(first, end);
  await checkRoom(folder, own, dealt, { neurons: layout.total, rankLimit, scores });
  await workOnShard({ ...partOf(running, own), samples: end! - first! }, context, (each, heard) => {
    let next = first! + each.restored;
    const staged = scores ? new ShardScores(each.scoresPath, all[first!]!.firstTarget, layout.total) : undefined;
    const asked = engine.attribute(
      {
        checkpoint: placeOf(sft),
        samples: all.map(({ sample: { index, ids, responses }, targets: ofSample, firstTarget }) => {
          return { index, ids, responses, targets: ofSample, firstTarget };
        }),
        firstSample: next,
        endSample: end!,
        rankLimit,
        ...(staged && { scores: staged.request }),
      },
      {
        ...heard,
        onSample(result) {
          const sample = all[next++];
          checkAttribution(result, sample, sft.folder);
          const firstTarget = sample!.firstTarget;
          for (const [i] of sample!.targets.entries()) if (staged) each.addScores(staged.row(firstTarget + i));
          each.add(encodeAttribution(result));
        },
      },
    );
    return asked.finally(() => staged?.remove());
  });
}

/** Partials of attribution are large: whether the disk has room for this one is told before the work. */
async function checkRoom(
  folder: string,
  header: ShardHeader,
  dealt: readonly SampleTargets[],
  { neurons, rankLimit, scores }: { readonly neurons: number; readonly rankLimit: number; readonly scores: boolean },
): Promise<void> {
  const targets = dealt.reduce((sum, each) => sum + each.targets.length, 0);
  // Scores lie in a file of their own first.
  const bytes = 12 * neurons * dealt.length + 4 * rankLimit * targets + (scores ? 8 * neurons * targets : 0);
  const remedy = 'make room, choose another place with --partials, or cut the run into more shards';
  const needed = await roomForAttempt(folder, header, bytes);
  await checkFreeSpace(join(folder, 'partial'), needed, "this shard's partial", remedy);
}
