import type { ReadinessSnapshot, ReadinessSummary, ShownCondition, ShownRow } from '../../protocol/readiness.ts';
import { type Condition, conditionLabel, literature, measureKinds } from '../../readiness/verdict/conditions.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { readinessSentences } from '../../record/readiness/readinessSentences.ts';
import { notice } from '../jobs/messageOf.ts';
import type { RecordDocument } from '../page/recordDocument.ts';

/* What the readiness page is given of a record. Knows no VS Code, so that tests serve the page with it. */

const bases: Readonly<Record<(typeof measureKinds)[keyof typeof measureKinds]['basis'], string>> = {
  sampled: 'sampled answers',
  training: 'teacher-forced training lines',
  'held-out': 'teacher-forced held-out lines',
  both: 'teacher-forced training and held-out lines',
};

function shownCondition(condition: Condition, temperature: number | undefined): ShownCondition {
  const { what, basis } = measureKinds[condition.measure];
  const at = basis === 'sampled' && temperature !== undefined ? ` at T = ${temperature}` : '';
  return {
    label: conditionLabel(condition),
    // Of a counted measure the letter stands for the count.
    what: `${condition.count === 0 ? what : what.replace(/\bK\b/, String(condition.count))}; of ${bases[basis]}${at}`,
    source: condition.source,
    deadGroup:
      condition.measure === 'dead@' && condition.bound === 'max'
        ? { group: condition.count, value: condition.value }
        : undefined,
  };
}

function shownRow({ checkpoint, ...row }: ReadinessRow): ShownRow {
  return { ...row, folder: checkpoint?.folder ?? null, step: checkpoint?.step };
}

/** The base first; a series in the order of its steps. */
function inOrder(rows: readonly ShownRow[]): readonly ShownRow[] {
  const others = rows.filter(({ isBase }) => !isBase);
  if (others.some(({ step }) => step === undefined)) return rows;
  return [...rows.filter(({ isBase }) => isBase), ...others.toSorted((a, b) => a.step! - b.step!)];
}

export function readinessSummary(path: string, record: ReadinessRecord): ReadinessSummary {
  const { created, seconds, entropyEdges, sampling, teacherForced, conditions, rows } = record;
  return {
    path,
    record: { created, seconds, entropyEdges, sampling, teacherForced },
    rows: inOrder(rows.map(shownRow)),
    conditions: conditions.map((condition) => shownCondition(condition, sampling?.temperatures[0])),
    sentences: readinessSentences(record, notice),
    literature,
  };
}

/** What an open document shows: the record, or why it cannot be. */
export function readinessSnapshot(document: RecordDocument<ReadinessRecord>): ReadinessSnapshot {
  const { revision, open, refusal, path } = document;
  if (open === undefined) return { type: 'refused', revision, message: refusal };
  return { type: 'readiness', revision, summary: readinessSummary(path, open) };
}
