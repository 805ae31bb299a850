import type { CalibrationSample } from '../../calibration/sample.ts';
import type { Engine, EngineCallbacks } from '../../engine/process/engine.ts';
import { RunError } from '../../errors.ts';
import { ChangedInput, checkIdentity } from '../../files/reading/fileIdentity.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { Completion, EngineOutcome } from '../../protocol/engine.ts';
import type { Phase } from '../../record/phases.ts';
import { checkMeasures } from '../attribution/runMeasures.ts';
import { hashCheckpoint, type InputFile } from '../files/provenance.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { PhaseClock } from '../progress/runEvents.ts';
import { encodeMeasures } from '../resume/measuresPayload.ts';
import type { ShardEnd, ShardHeader } from './file/shardContent.ts';
import { readCut, readShardHeader } from './file/shardFile.ts';
import { checkSameRun, ShardAttempt } from './shardAttempt.ts';
import { shardFiles } from './shardFolder.ts';

/* An attempt at a phase of a shard from beginning to end, whatever the engine is asked. */

/** What the engine tells while it works on a phase, which is alike in all of them. */
export type Heard = Omit<EngineCallbacks<unknown>, 'onSample'>;

/** A phase of a shard that is to be worked on. */
export interface ShardPart {
  /** Of all shards' partials. */
  readonly folder: string;
  readonly header: ShardHeader;
  /** To be finished, none held out. */
  readonly samples: number;
  /** For whoever watches. */
  readonly phase: Phase;
  readonly clock: PhaseClock;
  /** Of the checkpoint: they must be the same at the end. */
  readonly files: readonly InputFile[];
  /** Those of them that this shard hashes. */
  readonly hashes: readonly InputFile[];
  /** What else must be the same. */
  readonly check?: () => Promise<void>;
}

/**
 * Begins an attempt at a phase, has it worked on, and finishes it.
 *
 * @param ask has the engine work on what the attempt has not taken over
 */
export async function workOnShard(
  { folder, header, samples, phase, clock, files, hashes: whichHashes, check }: ShardPart,
  { onEvent, signal }: RunContext,
  ask: (own: ShardAttempt, heard: Heard) => Promise<EngineOutcome | null>,
): Promise<void> {
  clock.begin(phase);
  const began = performance.now();
  const agreed = await agreedCut(folder, header);
  const own = await ShardAttempt.begin(folder, header);
  try {
    if (own.restored > 0) {
      onEvent({ type: 'note', text: `Taking up ${own.restored} of ${samples} samples of an attempt before.` });
    }
    const stopHashing = new AbortController();
    const hashing = hashCheckpoint(whichHashes, AbortSignal.any([signal, stopHashing.signal]));
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
              onProgress: ({ done, total }) => onEvent({ type: 'progress', phase, done, total, unit: 'steps' }),
              onPlan: (plan) => onEvent({ type: 'plan', phase, plan }),
              onNote: (text) => onEvent({ type: 'warning', text }),
            });
      const hashes = await hashing;
      for (const { path, identity } of files) await checkIdentity(path, identity, 'while it was read');
      await check?.();
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

/**
 * How the others of the phase are cut, by the first of them that is finished and had something to do.
 *
 * @throws InputError where one is of another run
 */
async function agreedCut(
  folder: string,
  own: ShardHeader,
): Promise<{ readonly path: string; readonly cut: string } | undefined> {
  for (const { path, place, attempt } of await shardFiles(folder)) {
    const other = place.phase === own.phase && place.count === own.count && place.index !== own.index;
    if (!other || attempt !== undefined) continue;
    checkSameRun(path, await readShardHeader(path), own);
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

/** What is measured of a shard. */
export interface MeasuredPart {
  readonly engine: Engine;
  /** For messages. */
  readonly folder: string;
  /** The folder that the engine opens. */
  readonly place: string;
  readonly completion?: Completion | undefined;
  /** All of the run. */
  readonly samples: readonly CalibrationSample[];
  readonly topTokens: number;
}

/** Measures a shard's samples on a checkpoint. @throws as {@link workOnShard} */
export async function measureOnShard(
  part: Omit<ShardPart, 'samples'>,
  { engine, folder, place, completion, samples, topTokens }: MeasuredPart,
  context: RunContext,
): Promise<void> {
  const { from, to } = part.header;
  await workOnShard({ ...part, samples: to - from }, context, (own, heard) => {
    let next = from + own.restored;
    return engine.measure(
      { checkpoint: place, completion, samples, firstSample: next, endSample: to, topTokens },
      {
        ...heard,
        onSample(result) {
          const sample = samples[next++];
          if (sample === undefined || result.index !== sample.index) {
            throw new RunError(`The engine returned sample ${result.index} out of order.`);
          }
          checkMeasures(result, sample, folder);
          own.add(encodeMeasures(result));
        },
      },
    );
  });
}
