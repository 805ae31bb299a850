import { InputError } from '../../errors.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { figure, type Page, page, text } from '../pages.ts';
import type { ToolDocument } from '../toolCall.ts';

/* A readiness record as agents read it: a summary, its checkpoints and its prompts in pages. */

const most = 16;
/** Of what a row has many: rows are to fit the smallest page. */
const mostInRow = 8;

type TeacherForced = NonNullable<ReadinessRow['training']>;

function forced(measured: TeacherForced | null): ToolDocument | null {
  if (measured === null) return null;
  return {
    rows: measured.rows,
    entropy: figure(measured.entropy),
    nll: figure(measured.negativeLogLikelihood),
    top1_probability: figure(measured.top1Probability),
    confident: figure(measured.confident),
  };
}

/** What was sampled at one temperature: of Pass@k the first and the last. */
function sampledDocument(sampled: ReadinessRow['sampled'][number]): ToolDocument {
  const { passAtK, gap, deadGroups, coverage } = sampled;
  const estimate = ({ value, low, high }: { value: number; low: number; high: number }) =>
    [value, low, high].map((each) => figure(each));
  return {
    temperature: sampled.temperature,
    pass_at_1: estimate(passAtK[0]!),
    k: passAtK.length,
    pass_at_k: estimate(passAtK.at(-1)!),
    gap: estimate(gap),
    dead_groups: deadGroups.slice(0, mostInRow).map((dead) => ({ group: dead.group, share: estimate(dead) })),
    distinct_answers: figure(sampled.distinctAnswers),
    answered: figure(sampled.answered),
    stop_rate: figure(sampled.stopRate),
    length: figure(sampled.length),
    entropy: figure(sampled.entropy),
    coverage: coverage && {
      lost: coverage.lost,
      gained: coverage.gained,
      both: coverage.both,
      neither: coverage.neither,
    },
  };
}

export function readinessSummary(record: ReadinessRecord, path: string): ToolDocument {
  const { rows, sampling, conditions, notes } = record;
  return {
    record: path,
    kind: 'readiness',
    checkpoints: rows.length,
    ready: rows
      .slice(0, most)
      .map(({ name, isBase, ready }, checkpoint) => ({ checkpoint, name: text(name), base: isBase, ready })),
    conditions: conditions.slice(0, most).map(({ measure, count, bound, value, source }) => ({
      ...{ measure, count, bound, value },
      source: text(source),
    })),
    sampling: sampling && {
      prompts: sampling.prompts.lines.length,
      samples: sampling.samples,
      temperatures: sampling.temperatures,
      max_tokens: sampling.maxTokens,
      grader: text(sampling.grader.described),
    },
    notes: notes.slice(0, most).map(text),
  };
}

/** A row a checkpoint. Estimates are `[value, low, high]`. */
export function readinessRows({ rows, conditions }: ReadinessRecord, offset: number, room: number): Page<unknown> {
  return page(rows.length, offset, room, (position) => {
    const { name, isBase, ready, training, heldOut, nllGap, sampled, outcomes } = rows[position]!;
    return {
      ...{ checkpoint: position, name: text(name), base: isBase, ready },
      training: forced(training),
      held_out: forced(heldOut),
      nll_gap: figure(nllGap),
      sampled: sampled.map(sampledDocument),
      outcomes: outcomes.slice(0, mostInRow).map(({ value, met, close }, i) => ({
        measure: conditions[i]?.measure ?? null,
        value: figure(value),
        ...{ met, close },
      })),
    };
  });
}

/** Right answers to each prompt, by its line in the file. @throws InputError where there is no such checkpoint, or nothing sampled */
export function promptsPage(record: ReadinessRecord, checkpoint: number | undefined, offset: number, room: number) {
  const row = record.rows[checkpoint ?? 0];
  if (row === undefined) {
    throw new InputError(`There is no checkpoint ${checkpoint}: the record has 0 to ${record.rows.length - 1}.`);
  }
  const counts = row.sampled[0]?.counts;
  if (counts === undefined) throw new InputError('Nothing was sampled: the record has no prompts.');
  return page(counts.length, offset, room, (position) => {
    const { samples, correct } = counts[position]!;
    return { prompt: position, line: record.sampling?.prompts.lines[position] ?? null, samples, correct };
  });
}
