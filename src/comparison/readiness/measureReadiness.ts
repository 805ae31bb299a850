import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { entropyEdges } from '../../readiness/statistics/entropyHistogram.ts';
import { lockForReadiness, writeReadiness } from '../../record/readiness/readinessFile.ts';
import { readinessPaths } from '../../record/readiness/readinessPaths.ts';
import {
  type ReadinessRecord,
  type ReadinessRow,
  readinessSchemaName,
  readinessVersion,
} from '../../record/readiness/readinessRecord.ts';
import { usingAdapters } from '../../run/files/adapters.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { PhaseClock } from '../../run/progress/runEvents.ts';
import { openPartialFolder, removePartialFolder } from '../../run/readiness/partialFolder.ts';
import type { OpenRolloutSource } from '../../run/readiness/rolloutSource.ts';
import { program } from '../../settings/programInfo.ts';
import { checkSettings, defaultSettings } from '../../settings/runSettings.ts';

import { baseNotes, type Located, locateCompared, openCompared } from './openCompared.ts';

import { checkReadinessOptions, groupSizesOf, type ReadinessOptions } from './readinessOptions.ts';
import { readinessRow } from './readinessRow.ts';
import { readSampledPrompts, type SampledRows, sampledRows } from './sampledRows.ts';
import { HardwareWatch, PartialSource, partialMeasurer } from './shards/partialSource.ts';
import { type TeacherForcedRows, teacherForcedRows } from './teacherForcedRows.ts';

/* Readiness from start to end: opens checkpoints, teacher-forces and samples each, judges, writes the record. */

/** A readiness record that was made, and where it lies. */
export interface Readiness {
  /** Absolute path of the record, when one was asked for. */
  readonly path: string | undefined;
  readonly record: ReadinessRecord;
}

/** Checks where the record goes. @throws InputError */
async function checkPlaces(options: ReadinessOptions, { folders }: Located, out: string): Promise<void> {
  const { sampling, lines, elsewhere, overwrite } = options;
  const { prompts } = sampling ?? {};
  const named = [...(lines?.training ?? []), ...(lines?.heldOut ?? [])];
  if (prompts !== undefined) named.push(...(prompts.kind === 'files' ? prompts.paths : prompts.files));
  const { paths } = named.length === 0 ? { paths: [] } : await calibrationFiles([...new Set(named)]);
  const inputs = [...(elsewhere ? [] : folders), ...paths, lines?.reading.chatTemplate ?? ''];
  const output = { what: 'readiness record', path: readinessPaths(out).json, kind: 'file' } as const;
  await checkOutput(
    output,
    inputs.filter((path) => path !== ''),
    overwrite,
  );
}

/**
 * Measures how ready checkpoints are for RL. Everything is checked before any work. With a place for the record, what was sampled is
 * kept in `NAME.readiness.partial` when the run is stopped or fails, and the same call takes it up.
 *
 * @throws InputError for bad input, before anything is written, or when another process writes the record
 * @throws Interrupted on abort
 * @throws RunError when an engine, a source or a grader fails, or a checkpoint changes meanwhile
 */
export async function measureReadiness(options: ReadinessOptions, context: RunContext): Promise<Readiness> {
  checkReadinessOptions(options);
  const { lines, out } = options;
  if (lines !== undefined) checkSettings({ ...defaultSettings, ...lines.reading });
  const located = await locateCompared(options);
  const work = () => usingAdapters(context, (adapters) => measure(options, located, adapters, context));
  if (out === undefined) return work();
  await checkPlaces(options, located, out);
  const lock = await lockForReadiness(out);
  try {
    // Another run may have been finished just before.
    await checkPlaces(options, located, out);
    return await work();
  } finally {
    await lock.release();
  }
}

async function measure(
  options: ReadinessOptions,
  located: Located,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<Readiness> {
  const { lines, sampling, base, out, overwrite, joined } = options;
  const { onEvent } = context;
  const started = performance.now();
  const clock = new PhaseClock(onEvent);
  clock.begin('load');
  for (const text of located.notes) onEvent({ type: 'note', text });
  const compared = await openCompared(options, located, adapters, context);
  const ofBase = base === undefined ? [] : baseNotes(compared);
  for (const text of ofBase) onEvent({ type: 'note', text });
  const prompts = sampling && (await readSampledPrompts(sampling, context));
  const hardware = new HardwareWatch(onEvent);
  let forced: TeacherForcedRows | undefined;
  if (lines !== undefined) {
    clock.begin('measure');
    forced = await teacherForcedRows(
      lines,
      compared.map(({ checkpoint }) => checkpoint!),
      context,
      undefined,
      joined && ((sets) => partialMeasurer(joined, compared, sets, hardware)),
    );
    for (const text of forced.notes) onEvent({ type: 'note', text });
  }
  let sampled: SampledRows | undefined;
  const kept = out !== undefined && sampling !== undefined && joined === undefined;
  const partial = kept ? readinessPaths(out).partial : undefined;
  if (sampling !== undefined) {
    clock.begin('sample');
    if (partial !== undefined) await openPartialFolder(partial);
    const open: OpenRolloutSource = async (each) => new PartialSource(each, compared.indexOf(each), joined!, hardware);
    sampled = await sampledRows(
      joined === undefined ? sampling : { ...sampling, open },
      prompts!,
      compared,
      groupSizesOf(options),
      base !== undefined,
      partial,
      context,
    );
  }
  clock.end();
  const rows: ReadinessRow[] = [];
  for (const [position, each] of compared.entries()) {
    const isBase = base !== undefined && position === 0;
    const measured = { forced: forced?.rows[position], sampled: sampled?.rows[position] };
    rows.push(await readinessRow(each, { isBase, conditions: options.conditions, ...measured }));
  }
  const record: ReadinessRecord = {
    schema: readinessSchemaName,
    version: readinessVersion,
    program,
    created: new Date().toISOString(),
    seconds: (performance.now() - started) / 1000,
    rows,
    teacherForced: forced?.about ?? null,
    sampling: sampled?.about ?? null,
    entropyEdges: [...entropyEdges],
    conditions: [...options.conditions],
    notes: [...located.notes, ...ofBase, ...(forced?.notes ?? []), ...(sampled?.notes ?? [])],
  };
  if (out === undefined) return { path: undefined, record };
  await writeReadiness(out, record, overwrite);
  const left = partial === undefined ? undefined : await removePartialFolder(partial);
  if (left !== undefined) onEvent({ type: 'note', text: left });
  return { path: readinessPaths(out).json, record };
}
