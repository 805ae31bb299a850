import { intArray, type RecordArrays } from '../../arrays/arrays.ts';
import type { RunRecord } from '../runRecord.ts';
import { targetGaps } from './targetGaps.ts';
import { targetPlaces, textsOf } from './targetPlaces.ts';

/* Groups targets by the words that their tokens are pieces of. */

/** A word and how often one of its tokens is a target. */
export interface WordCount {
  /** Untrusted text, without the spaces around it. */
  readonly text: string;
  readonly count: number;
  /** Mean of `|H_sft - H_base|` where a piece of it is a target, nats. */
  readonly meanGap: number;
  /** Ids of its tokens that are targets, ascending. */
  readonly ids: readonly number[];
}

/** The words at the targets, and which of them each target is in. */
export interface TargetWords {
  /** Most frequent first (ties: larger gap, then by text). */
  readonly words: readonly WordCount[];
  /** Position in `words`, `[targets]`. */
  readonly wordOf: Int32Array;
}

/** Tokens on either side in which the rest of a word is looked for. */
const around = 12;

// Word boundaries of Unicode's annex 29, with dictionaries for scripts that are written without spaces. They do not
// depend on the language; it is named so that they do not depend on the machine.
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * The word that a token is a piece of: all words that it touches, in the text around it. A token of nothing but spaces is
 * a word itself.
 *
 * @param textAt a token's text by its position, '' outside the sample
 */
export function wordAt(textAt: (position: number) => string, position: number): string {
  const own = textAt(position);
  if (own.trim() === '') return own;
  let [before, after] = ['', ''];
  for (let step = 1; step <= around; step++) {
    before = textAt(position - step) + before;
    after += textAt(position + step);
  }
  const segments = segmenter.segment(before + own + after);
  const first = segments.containing(before.length + own.length - own.trimStart().length)!;
  const last = segments.containing(before.length + own.trimEnd().length - 1)!;
  return (before + own + after).slice(first.index, last.index + last.segment.length).trim();
}

/** The words at a record's targets. */
export function targetWords(record: RunRecord, arrays: RecordArrays): TargetWords {
  const gold = intArray(arrays, 'targets.gold');
  const gaps = targetGaps(record, arrays);
  const textAt = textsOf(record, arrays);
  const found = new Map<string, { count: number; gap: number; ids: Set<number> }>();
  const texts = targetPlaces(record, arrays).map(({ sample, position }, target) => {
    const word = wordAt((at) => textAt(sample, at), position);
    const entry = found.get(word) ?? { count: 0, gap: 0, ids: new Set() };
    entry.count++;
    entry.gap += gaps[target]!;
    entry.ids.add(gold[target]!);
    found.set(word, entry);
    return word;
  });
  const words = [...found]
    .map(([text, { count, gap, ids }]) => ({
      text,
      count,
      meanGap: gap / count,
      ids: [...ids].sort((a, b) => a - b),
    }))
    .sort((a, b) => b.count - a.count || b.meanGap - a.meanGap || (a.text < b.text ? -1 : 1));
  const places = new Map(words.map(({ text }, place) => [text, place]));
  return { words, wordOf: Int32Array.from(texts, (text) => places.get(text)!) };
}
