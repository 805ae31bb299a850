import { basename } from 'node:path';
import { seriesFolderOf } from '../../checkpoint/folder/stepName.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { meansValues, secondsOf, type TrackedPoint, type TrackedRun, valuesOf } from './trackedRun.ts';

/* A readiness record as runs: each series of steps is one, on the trainer's steps; any other checkpoint is one of a single point. */

type Sampled = ReadinessRow['sampled'][number];

function sampledValues(sampled: Sampled): [string, number | null][] {
  const { passAtK, gap, deadGroups, distinctAnswers, answered, length, stopRate, entropy, coverage } = sampled;
  const largest = passAtK.length;
  const all: [string, number | null][] = [
    ['pass_at_1', passAtK[0]!.value],
    [`pass_at_${largest}`, passAtK.at(-1)!.value],
    ['gap', gap.value],
    ...deadGroups.map(({ group, value }): [string, number] => [`dead_at_${group}`, value]),
    ['distinct', distinctAnswers],
    ['answered', answered],
    ['tokens', length],
    ['stopped', stopRate],
    ['entropy', entropy],
    ['lost', coverage?.lost ?? null],
    ['gained', coverage?.gained ?? null],
  ];
  return all.map(([name, value]) => [`sampled_t${sampled.temperature}/${name}`, value]);
}

/** When a checkpoint was written, as far as its files tell. */
function timeOf({ checkpoint }: ReadinessRow, { created }: ReadinessRecord): number {
  const times = checkpoint?.files.map(({ modified }) => secondsOf(modified)) ?? [];
  return times.length === 0 ? secondsOf(created) : Math.max(...times);
}

function pointOf(row: ReadinessRow, record: ReadinessRecord): TrackedPoint {
  const { name, training, heldOut, nllGap, sampled, checkpoint, isBase } = row;
  const values = valuesOf([
    ...meansValues('training', training),
    ['training/confident', training?.confident],
    ...meansValues('held_out', heldOut),
    ['held_out/confident', heldOut?.confident],
    ['nll_gap', nllGap],
    ...sampled.flatMap(sampledValues),
  ]);
  return { label: name, step: isBase ? 0 : (checkpoint?.step ?? 0), time: timeOf(row, record), values };
}

/** The series of a row, by its folder; undefined for what is no step. */
function seriesOf({ isBase, checkpoint }: ReadinessRow): string | undefined {
  if (isBase || checkpoint?.step === undefined) return undefined;
  return seriesFolderOf(checkpoint.folder);
}

/**
 * The base and single checkpoints stand at step 0, the base's own step.
 *
 * @param path of the record
 */
export function readinessRuns(path: string, record: ReadinessRecord): TrackedRun[] {
  const { rows, teacherForced, sampling } = record;
  const config = {
    record: basename(path),
    training_samples: teacherForced?.training?.samples ?? null,
    held_out_samples: teacherForced?.heldOut?.samples ?? null,
    prompts: sampling?.prompts.lines.length ?? null,
    samples: sampling?.samples ?? null,
    temperature: sampling?.temperatures[0] ?? null,
  };
  const singles: TrackedRun[] = [];
  const series = new Map<string, TrackedPoint[]>();
  for (const row of rows) {
    const folder = seriesOf(row);
    const point = pointOf(row, record);
    if (folder === undefined) {
      singles.push({ name: row.name, config: { ...config, is_base: row.isBase }, points: [point] });
    } else series.set(folder, [...(series.get(folder) ?? []), point]);
  }
  const taken = new Set(singles.map(({ name }) => name));
  const ofSeries = [...series].map(([folder, points]): TrackedRun => {
    const name = basename(folder);
    const own = taken.has(name) ? folder : name;
    taken.add(own);
    points.sort((a, b) => a.step - b.step);
    return { name: own, config: { ...config, is_base: false, folder }, points };
  });
  return [...singles, ...ofSeries];
}
