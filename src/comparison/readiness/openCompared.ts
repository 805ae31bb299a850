import { realpath } from 'node:fs/promises';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { modelDifferences } from '../../checkpoint/configDifferences.ts';
import { listed } from '../../checkpoint/listed.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { InputError, Interrupted } from '../../errors.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { mergeContext } from '../../run/files/adapters.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { SampledCheckpoint } from '../../run/readiness/rolloutSource.ts';
import { checkpointNames } from '../checkpoints/checkpointNames.ts';
import { type ExpandedSeries, expandSeries } from '../checkpoints/checkpointSeries.ts';
import type { ReadinessOptions } from './readinessOptions.ts';

/* Opens the checkpoints of a readiness run: base, single folders, series, adapters. */

/** Those that lie here, and models elsewhere by their names. */
export type Located = ExpandedSeries;

/**
 * Where the checkpoints lie, the base first.
 *
 * @throws InputError for one that cannot be found
 */
export async function locateCompared({ base, checkpoints, elsewhere }: ReadinessOptions): Promise<Located> {
  const named = [...(base === undefined ? [] : [base]), ...checkpoints];
  if (elsewhere) {
    const twice = named.find((name, i) => named.indexOf(name) !== i);
    if (twice !== undefined) throw new InputError(`"${twice}" is given twice: give different models.`);
    return { folders: named, notes: [] };
  }
  return expandSeries(named, { least: 1, baseFirst: base !== undefined });
}

async function refuseTwice(folders: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const folder of folders) {
    const place = await realpath(folder).catch(() => folder);
    const other = seen.get(place);
    if (other !== undefined) throw new InputError(`"${other}" and "${folder}" are the same checkpoint: give it once.`);
    seen.set(place, folder);
  }
}

/**
 * Opens them, merging adapters into the base.
 *
 * @throws InputError for one that cannot be used; Interrupted on abort
 */
export async function openCompared(
  { elsewhere, base, sampling }: ReadinessOptions,
  { folders }: Located,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<SampledCheckpoint[]> {
  if (elsewhere) return folders.map((name) => ({ name, folder: name, checkpoint: undefined }));
  await refuseTwice(folders);
  const names = checkpointNames(folders);
  const opened: SampledCheckpoint[] = [];
  let first: Checkpoint | undefined;
  for (const [i, folder] of folders.entries()) {
    if (context.signal.aborted) throw new Interrupted('Stopped.');
    const checkpoint =
      first === undefined || base === undefined
        ? await openCheckpoint(folder)
        : await adapters.open(folder, first, mergeContext(context));
    first ??= checkpoint;
    // Said now: it would be noticed only when those before it have been sampled.
    if (sampling !== undefined) requiredTokenizer(checkpoint);
    opened.push({ name: names[i]!, folder, checkpoint });
  }
  return opened;
}

/**
 * What there is to say of checkpoints that are no descendants of the base that was named: they are measured all the same, as
 * a user may want to see two models side by side.
 *
 * @param compared the base first
 */
export function baseNotes([base, ...others]: readonly SampledCheckpoint[]): string[] {
  return others.flatMap(({ checkpoint, folder }) => {
    if (base?.checkpoint === undefined || checkpoint === undefined) return [];
    const differences = modelDifferences(base.checkpoint, checkpoint);
    if (differences.length === 0) return [];
    return [
      `"${base.folder}" and "${folder}" differ in ${listed(differences)}: the one is not the base of the other, so coverage compares two models.`,
    ];
  });
}
