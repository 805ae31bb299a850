import { intArray, type RecordArrays } from '../../arrays/arrays.ts';
import type { RunRecord } from '../runRecord.ts';

/* The texts of a record's samples: how each begins, and which of them say something. */

/** Characters of a sample's beginning. */
const longestExcerpt = 160;

/** Tokens with which all samples begin: a system prompt, or a template's marks, which tell none apart. */
function sharedTokens(samples: RunRecord['samples'], ids: Int32Array): number {
  const [first] = samples;
  if (first === undefined || samples.length === 1) return 0;
  let shared = first.tokens;
  for (const { firstId, tokens } of samples) {
    shared = Math.min(shared, tokens);
    for (let at = 0; at < shared; at++) if (ids[firstId + at] !== ids[first.firstId + at]) shared = at;
  }
  return shared;
}

function texts(record: RunRecord): ReadonlyMap<number, string> {
  return new Map(record.tokens.ids.map((id, at) => [id, record.tokens.texts[at]!]));
}

/** How each sample begins where it differs from the others, `[samples]`; from its start where all are alike. Untrusted. */
export function sampleExcerpts(record: RunRecord, arrays: RecordArrays): string[] {
  const ids = intArray(arrays, 'samples.ids');
  const textOf = texts(record);
  const shared = sharedTokens(record.samples, ids);
  return record.samples.map(({ firstId, tokens }) => {
    const from = shared < tokens ? shared : 0;
    let text = '';
    for (let at = from; at < tokens && text.length < longestExcerpt; at++) text += textOf.get(ids[firstId + at]!) ?? '';
    const plain = text.replace(/\s+/g, ' ').trim();
    return [...(from > 0 ? `…${plain}` : plain)].slice(0, longestExcerpt).join('');
  });
}

/** Positions of the samples whose text contains `sought`, upper and lower case alike. */
export function searchSamples(record: RunRecord, arrays: RecordArrays, sought: string): number[] {
  const ids = intArray(arrays, 'samples.ids');
  const textOf = texts(record);
  const needle = sought.toLowerCase();
  return record.samples.flatMap(({ firstId, tokens }, sample) => {
    const parts: string[] = [];
    for (const id of ids.subarray(firstId, firstId + tokens)) parts.push(textOf.get(id) ?? '');
    return parts.join('').toLowerCase().includes(needle) ? [sample] : [];
  });
}
