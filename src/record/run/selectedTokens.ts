import { floatArray, intArray, type RecordArrays } from '../arrays/arrays.ts';
import { measurementArrayName } from '../arrays/measurementArrays.ts';
import type { RunRecord } from './runRecord.ts';
import { targetRows } from './targetRows.ts';

/* Counts which tokens are targets, and how often. */

/** A token and how often it is a target. */
export interface TokenCount {
  readonly id: number;
  /** Untrusted display text. */
  readonly text: string;
  readonly count: number;
  /** Mean of `|H_sft - H_base|` where it is a target, nats. */
  readonly meanGap: number;
}

/** The target tokens by how often they are selected, most frequent first (ties: larger gap, then lower id). */
export function selectedTokens(record: RunRecord, arrays: RecordArrays): TokenCount[] {
  const gold = intArray(arrays, 'targets.gold');
  const rows = targetRows(record.samples, intArray(arrays, 'targets.row'));
  const base = floatArray(arrays, measurementArrayName(0, 'entropy'));
  const sft = floatArray(arrays, measurementArrayName(1, 'entropy'));
  const found = new Map<number, { count: number; gap: number }>();
  gold.forEach((id, target) => {
    const entry = found.get(id) ?? { count: 0, gap: 0 };
    const row = rows[target]!;
    entry.count++;
    entry.gap += Math.abs(sft[row]! - base[row]!);
    found.set(id, entry);
  });
  const texts = new Map(record.tokens.ids.map((id, position) => [id, record.tokens.texts[position]!]));
  return [...found]
    .map(([id, { count, gap }]) => ({ id, text: texts.get(id) ?? '', count, meanGap: gap / count }))
    .sort((a, b) => b.count - a.count || b.meanGap - a.meanGap || a.id - b.id);
}
