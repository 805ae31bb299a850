import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { readPrompts } from '../../readiness/prompts/readPrompts.ts';
import { coverage, resamples } from '../../readiness/statistics/bootstrap.ts';
import { coverageOf } from '../../readiness/statistics/coverage.ts';
import { sampledFigures } from '../../readiness/statistics/sampledFigures.ts';
import { answersAt, temperaturesOf } from '../../readiness/temperatures.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { RolloutGrader } from '../../run/readiness/rolloutGrader.ts';
import { logName, RolloutLog } from '../../run/readiness/rolloutLog.ts';
import type { RolloutSource, SampledCheckpoint, SampleOptions } from '../../run/readiness/rolloutSource.ts';
import { sampleCheckpoint } from '../../run/readiness/sampleCheckpoint.ts';
import { program } from '../../settings/programInfo.ts';
import { type HashedFile, withHashes } from './hashedFiles.ts';
import type { SamplingPlan } from './readinessOptions.ts';

/* Samples every checkpoint at every temperature, and makes figures of the answers. */

type Sampling = NonNullable<ReadinessRecord['sampling']>;
type SampledRow = ReadinessRow['sampled'][number];

export interface SampledRows {
  readonly about: Sampling;
  /** `[checkpoints][temperatures]` */
  readonly rows: readonly (readonly SampledRow[])[];
  readonly notes: readonly string[];
}

/** Prompts that were read, and what the record says of them. */
export interface PromptsToSample {
  readonly prompts: readonly Prompt[];
  readonly reading: string;
  readonly files: readonly HashedFile[];
}

/** @throws InputError naming the row that cannot be used */
export async function readSampledPrompts(
  { prompts: source, seed, grader, correctAbove }: Pick<SamplingPlan, 'prompts' | 'seed' | 'grader' | 'correctAbove'>,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<PromptsToSample> {
  if (source.kind === 'given') {
    const { result, files } = await withHashes(source.files, signal, async () => source.prompts);
    return { prompts: result, reading: source.reading, files };
  }
  const { paths, notes } = await calibrationFiles(source.paths);
  for (const text of notes) onEvent({ type: 'note', text });
  const grading = new RolloutGrader({ grader, correctAbove }, signal);
  const refusal = grader?.name === 'command' ? undefined : (answer: string) => grading.refusal(answer);
  const { draw, promptField, answerField, asChat } = source;
  const { result, files } = await withHashes(paths, signal, () =>
    readPrompts({ paths, draw, seed, promptField, answerField, asChat, refusal, signal }),
  );
  onEvent({ type: 'note', text: result.sentence });
  const prompts = source.answered?.(result.prompts) ?? result.prompts;
  const left = result.prompts.length - prompts.length;
  const reading = left === 0 ? result.sentence : `${result.sentence} ${left} without answers left out.`;
  return { prompts, reading, files };
}

/** What decides the answers: a log of others has another name. */
function identityOf(source: RolloutSource, prompts: readonly Prompt[], options: SampleOptions): unknown {
  const { samples, temperature, topP, maxTokens, stop, seed } = options;
  const asked = createHash('sha256')
    .update(JSON.stringify(prompts.map(({ input }) => input)))
    .digest('hex');
  const { version } = program;
  return { version, source: source.identity, asked, samples, temperature, topP, maxTokens, stop, seed };
}

/**
 * @param groups sizes of groups; greedy answers form none
 * @param partial folder of logs; without, nothing is kept
 * @param hasBase the first checkpoint is the base
 * @throws what sources and graders throw; finished prompts are in the logs
 */
export async function sampledRows(
  plan: SamplingPlan,
  { prompts, reading, files }: PromptsToSample,
  compared: readonly SampledCheckpoint[],
  groups: readonly number[],
  hasBase: boolean,
  partial: string | undefined,
  { onEvent, signal }: RunContext,
): Promise<SampledRows> {
  const { samples, topP, maxTokens, stop, seed } = plan;
  const temperatures = temperaturesOf(plan);
  const grader = new RolloutGrader(plan, signal);
  const rows: SampledRow[][] = [];
  const sources: string[] = [];
  const notes: string[] = [];
  for (const [position, checkpoint] of compared.entries()) {
    onEvent({ type: 'note', text: `Sampling "${checkpoint.folder}", ${position + 1} of ${compared.length}.` });
    const source = await plan.open(checkpoint, signal);
    const row: SampledRow[] = [];
    try {
      for (const [t, temperature] of temperatures.entries()) {
        const each = answersAt(temperature, plan);
        const options: SampleOptions = { samples: each, temperature, topP, maxTokens, stop, seed, signal };
        const log =
          partial === undefined
            ? undefined
            : new RolloutLog(join(partial, logName(identityOf(source, prompts, options))));
        try {
          const tally = await sampleCheckpoint({
            ...{ source, prompts, options, grader, log },
            onProgress: (done, total) => onEvent({ type: 'progress', phase: 'sample', done, total, unit: 'samples' }),
            onNote(text) {
              notes.push(`${checkpoint.name}: ${text}`);
              onEvent({ type: 'note', text });
            },
          });
          const figures = sampledFigures(tally, temperature === 0 ? [] : groups, seed);
          const base = hasBase && position > 0 ? rows[0]![t]!.counts : undefined;
          const against = base === undefined ? null : coverageOf(base, figures.counts);
          row.push({ temperature, ...mutable(figures), coverage: against });
        } finally {
          log?.close();
        }
      }
    } finally {
      await source.dispose();
    }
    sources.push(source.described);
    rows.push(row);
  }
  const about: Sampling = {
    sources,
    prompts: { files: [...files], reading, lines: prompts.map(({ line }) => line) },
    ...{ samples, temperatures, topP, maxTokens, stop: [...stop], seed },
    grader: grader.described,
    interval: { resamples, coverage },
  };
  return { about, rows, notes };
}

/** The figures as the record's schema has them. */
function mutable(figures: ReturnType<typeof sampledFigures>): Omit<SampledRow, 'temperature' | 'coverage'> {
  const { passAtK, deadGroups, entropyCounts, counts } = figures;
  return {
    ...figures,
    passAtK: [...passAtK],
    deadGroups: [...deadGroups],
    entropyCounts: entropyCounts === null ? null : [...entropyCounts],
    counts: [...counts],
  };
}
