import { placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import type { EngineCallbacks } from '../../engine/process/engine.ts';
import { InputError, RunError } from '../../errors.ts';
import { ChangedInput, checkIdentity } from '../../files/reading/fileIdentity.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { resetBudget } from '../../method/resetSet.ts';
import type { EngineOutcome } from '../../protocol/engine.ts';
import { topTokens } from '../../settings/runSettings.ts';
import { attributed, checkAttribution } from '../attribution/attributionSums.ts';
import { completionBy } from '../attribution/recordedVocabulary.ts';
import { checkMeasures } from '../attribution/runMeasures.ts';
import { targetsOf } from '../attribution/runTargets.ts';
import { hashFiles } from '../files/provenance.ts';
import type { RunContext } from '../progress/runContext.ts';
import { encodeMeasures } from '../resume/measuresPayload.ts';
import { encodeAttribution } from './file/attributionPayload.ts';
import type { ShardEnd, ShardHeader } from './file/shardContent.ts';
import { readCut } from './file/shardFile.ts';
import type { RunningShard } from './runningShard.ts';
import { ShardAttempt } from './shardAttempt.ts';
import { shardFiles } from './shardFolder.ts';
import { measuresIn, readMeasures } from './shardMeasures.ts';
import { targetsHash } from './shardPins.ts';
import type { ShardPhase } from './shardPlace.ts';

/* What a shard has the engine do in each of its phases. Its requests are the whole run's, of which it has a part done. */

const clockPhases = { base: 'base entropy', sft: 'SFT entropy', attribution: 'attribution' } as const;

/** What the engine tells while it works on a phase, which is alike in all of them. */
type Heard<Result> = Omit<EngineCallbacks<Result>, 'onSample'>;

/**
 * Begins an attempt at a phase, has it worked on, and finishes it.
 *
 * @param samples to be finished, none held out
 * @param ask has the engine work on what the attempt has not taken over
 */
async function attempt(
  { folder, clock, files, shard, sft }: RunningShard,
  header: ShardHeader,
  samples: number,
  { onEvent, signal }: RunContext,
  ask: (own: ShardAttempt, heard: Heard<unknown>) => Promise<EngineOutcome>,
): Promise<void> {
  const { phase } = header;
  const name = clockPhases[phase];
  clock.begin(name);
  const began = performance.now();
  const agreed = await agreedCut(folder, header);
  const own = await ShardAttempt.begin(folder, header);
  try {
    if (own.restored > 0) {
      onEvent({ type: 'note', text: `Taking up ${own.restored} of ${samples} samples of an attempt before.` });
    }
    const checkpoint = phase === 'base' ? files.base.files : files.sft.files;
    // Each file of a checkpoint is hashed by one of the shards that measure it.
    const hashed = phase === 'attribution' ? [] : checkpoint.filter((_, i) => i % shard.count === shard.index);
    const stopHashing = new AbortController();
    const hashing = hashFiles(hashed, AbortSignal.any([signal, stopHashing.signal]));
    hashing.catch(() => undefined);
    try {
      const outcome =
        own.restored >= samples
          ? null
          : await ask(own, {
              signal,
              onCut(cut) {
                if (agreed !== undefined && agreed.cut !== cut) throw cutOtherwise(agreed.path);
                own.cut(cut);
              },
              onProgress: ({ done, total }) => onEvent({ type: 'progress', phase: name, done, total, unit: 'steps' }),
              onPlan: (plan) => onEvent({ type: 'plan', phase: name, plan }),
              onNote: (text) => onEvent({ type: 'warning', text }),
            });
      const hashes = await hashing;
      for (const { path, identity } of checkpoint) await checkIdentity(path, identity, 'while it was read');
      if (sft.merged !== undefined) await checkUnchanged(sft, 'while it was measured');
      clock.end();
      const end: Pick<ShardEnd, 'outcome' | 'seconds' | 'hashes'> = {
        outcome,
        seconds: (performance.now() - began) / 1000,
        hashes,
      };
      await own.finish(end);
    } finally {
      stopHashing.abort();
    }
  } catch (error) {
    // What was measured may be of either file; nobody is to take it up.
    if (error instanceof ChangedInput) await own.abandon();
    throw error;
  } finally {
    own.close();
  }
}

/** How the others of the phase are cut, by the first of them that is finished and had something to do. */
async function agreedCut(
  folder: string,
  { phase, index, count }: ShardHeader,
): Promise<{ readonly path: string; readonly cut: string } | undefined> {
  for (const { path, place, attempt: unfinished } of await shardFiles(folder)) {
    const other = place.phase === phase && place.count === count && place.index !== index;
    if (!other || unfinished !== undefined) continue;
    const cut = await readCut(path);
    if (cut !== undefined) return { path, cut };
  }
  return undefined;
}

function cutOtherwise(path: string): RunError {
  return new RunError(
    `This shard's work would be cut in another way than that of ${quotedPath(path)}, as where memory or room for scratch files ` +
      'lacks on this machine: the results would differ in their last bits. Run it on a machine like the others, or all of them with less --memory.',
  );
}

/** Measures the shard's samples on one of the checkpoints. @throws as {@link shardRun} */
export async function measureShard(
  running: RunningShard,
  phase: Exclude<ShardPhase, 'attribution'>,
  context: RunContext,
): Promise<void> {
  const { engine, calibration, sft, vocabulary, headerOf } = running;
  const { samples } = calibration;
  const header = headerOf(phase);
  const { from, to } = header;
  const checkpoint = running[phase];
  const completion = phase === 'base' ? completionBy(placeOf(sft), vocabulary) : undefined;
  await attempt(running, header, to - from, context, (own, heard) => {
    let next = from + own.restored;
    return engine.measure(
      { checkpoint: placeOf(checkpoint), completion, samples, firstSample: next, endSample: to, topTokens },
      {
        ...heard,
        onSample(result) {
          const sample = samples[next++];
          if (sample === undefined || result.index !== sample.index) {
            throw new RunError(`The engine returned sample ${result.index} out of order.`);
          }
          checkMeasures(result, sample, checkpoint.folder);
          own.add(encodeMeasures(result));
        },
      },
    );
  });
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
  await attempt(running, own, end! - first!, context, (each, heard) => {
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
