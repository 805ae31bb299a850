import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';
import type { Model } from './models/model.ts';
import { Trie } from './models/trie.ts';
import type { TokenizerFault } from './tokenizerFault.ts';
import { whiteSpace, word } from './unicode/characterSets.ts';
import { classSource } from './unicode/codePointSet.ts';

/* The added tokens of a `tokenizer.json`: texts that are found before everything else and are one token each. */

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** It is no part of a text that tokens are decoded to. */
  readonly special: boolean;
  /** It is looked for in the text after normalization, itself normalized. */
  readonly normalized: boolean;
  /** It is found only where no word character stands beside it. */
  readonly singleWord: boolean;
  /** It takes the white space before it, or after it, along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** A part of a text: an added token, or what is between them (without an id). */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly id: number | undefined;
}

/**
 * Reads the `added_tokens` of a `tokenizer.json`. Of tokens with one content, the last one counts.
 *
 * The reference library does not take their ids from the file: a token of the model keeps the model's id, the others
 * are numbered on in the order of the file. A file whose ids say otherwise means two things, and is refused.
 *
 * @throws InputError by `fault`
 */
export function readAddedTokens(value: unknown, model: Model, fault: TokenizerFault): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fault('its "added_tokens" is not a list');
  const tokens = new Map<string, AddedToken>();
  let next = model.size;
  for (const token of value as unknown[]) {
    if (!isJsonObject(token)) throw fault('its "added_tokens" holds what is not an object');
    const { id, content } = token;
    if (typeof content !== 'string') throw fault('an added token has no "content"');
    if (content === '') continue;
    const due = model.vocab.get(content) ?? tokens.get(content)?.id ?? next;
    if (id !== due) {
      throw fault(
        `it gives the added token ${shown(content)} the id ${shown(id)}, where the tokenizers library would number it ${due}`,
      );
    }
    next = Math.max(next, due + 1);
    tokens.set(content, {
      id: due,
      content,
      special: token['special'] === true,
      normalized: token['normalized'] === true,
      singleWord: token['single_word'] === true,
      lstrip: token['lstrip'] === true,
      rstrip: token['rstrip'] === true,
    });
  }
  return [...tokens.values()];
}

const wordAfter = new RegExp(classSource(word), 'uy');
const wordBefore = new RegExp(`(?<=${classSource(word)})`, 'uy');
const white = new RegExp(classSource(whiteSpace), 'u');

/**
 * Finds added tokens in texts: from left to right, of those that begin at one place the longest.
 *
 * @param tokens with the text that stands for each; one that nothing stands for is not found
 */
export function addedTokenFinder(
  tokens: readonly (readonly [written: string, token: AddedToken])[],
): (text: string) => Part[] {
  const trie = new Trie(tokens.reduce((sum, [written]) => sum + written.length, 0));
  for (const [i, [written]] of tokens.entries()) if (written !== '') trie.set(written, i);
  return (text) => {
    const parts: Part[] = [];
    let done = 0;
    let found = -1;
    let foundEnd = 0;
    const visit = (value: number, end: number) => {
      found = value;
      foundEnd = end;
    };
    for (let at = 0; at < text.length; at++) {
      if (!trie.mayBegin(text.charCodeAt(at))) continue;
      found = -1;
      trie.visitAt(text, at, visit);
      if (found < 0) continue;
      const [, token] = tokens[found]!;
      const [start, end] = [at, foundEnd];
      // Whatever becomes of it, the search goes on after it.
      at = foundEnd - 1;
      if (token.singleWord && (matchesAt(wordBefore, text, start) || matchesAt(wordAfter, text, end))) continue;
      // White space that the token before has taken is not taken again; a token inside it is still found.
      const from = token.lstrip ? Math.max(spaceBefore(text, start), done) : start;
      const to = token.rstrip ? spaceAfter(text, end) : end;
      if (done < from) parts.push({ start: done, end: from, id: undefined });
      parts.push({ start: from, end: to, id: token.id });
      done = to;
    }
    if (done !== text.length) parts.push({ start: done, end: text.length, id: undefined });
    return parts;
  };
}

function matchesAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

function spaceBefore(text: string, at: number): number {
  let from = at;
  while (from > 0 && white.test(text[from - 1]!)) from--;
  return from;
}

function spaceAfter(text: string, at: number): number {
  let to = at;
  while (to < text.length && white.test(text[to]!)) to++;
  return to;
}
