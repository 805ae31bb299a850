import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import type { TextRange } from './jinja/render/output.ts';

/**
 * The characters of `text` (UTF-16 units) that each of its tokens stands for, see {@link TextTokenizer.encodeWithOffsets}. Characters
 * that the tokenizer leaves out go with the token after them, at the end with the last one.
 *
 * @param ids what `tokenizer.encode(text)` gives
 * @returns undefined when the ids are not the text's
 */
export function tokenOffsets(tokenizer: TextTokenizer, text: string, ids: readonly number[]): TextRange[] | undefined {
  const encoding = tokenizer.encodeWithOffsets(text);
  if (encoding.ids.length !== ids.length || encoding.ids.some((id, i) => id !== ids[i])) return undefined;
  const offsets: TextRange[] = [];
  let covered = 0;
  for (const [i, start] of encoding.starts.entries()) {
    const end = i === ids.length - 1 ? text.length : encoding.ends[i]!;
    offsets.push({ start: Math.min(start, covered), end: Math.max(end, Math.min(start, covered)) });
    covered = Math.max(covered, end);
  }
  return offsets;
}
