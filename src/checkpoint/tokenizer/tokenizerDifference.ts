import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';

/* Finds where two tokenizers would turn some text into other token ids. */

/** The text of a `tokenizer.json` and where it was read. */
export interface TokenizerFile {
  readonly path: string;
  readonly text: string;
}

/** A `tokenizer.json` parsed, and where it was read. */
export interface ParsedTokenizer {
  readonly path: string;
  readonly json: unknown;
}

/** What decides the ids of a text to which no special tokens are added, each part in one way of writing it. */
interface TokenizerParts {
  readonly vocab: unknown;
  readonly merges: unknown;
  readonly settings: unknown;
  readonly addedTokens: unknown;
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
}

export type TokenizerPart = keyof TokenizerParts;

const labels: Readonly<Record<TokenizerPart, string>> = {
  vocab: 'the "vocab" of the model',
  merges: 'the "merges" of the model',
  settings: 'the settings of the model',
  addedTokens: '"added_tokens"',
  normalizer: '"normalizer"',
  preTokenizer: '"pre_tokenizer"',
};

/** Merges are `"a b"` in old files and `["a", "b"]` since tokenizers 0.20. */
function oldMerges(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((merge: unknown) => (Array.isArray(merge) ? merge.join(' ') : merge));
}

/** Settings that do something: null, false and empty prefixes are what an absent one means. */
function effective(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => Boolean(value)));
}

/** A pre-tokenizer without what does not change ids, and with the default that old files leave out. */
function plainPreTokenizer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainPreTokenizer);
  if (!isJsonObject(value)) return value ?? null;
  const inner: JsonObject = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainPreTokenizer(item)]),
  );
  const { type, trim_offsets: _offsets, use_regex: useRegex = true, ...rest } = inner;
  return type === 'ByteLevel' ? { ...rest, type, use_regex: useRegex } : inner;
}

/** Added tokens by id, without `special`, which only decoding reads. */
function sortedTokens(value: unknown): unknown {
  if (!Array.isArray(value)) return [];
  const tokens = value.filter(isJsonObject).map(({ special: _special, ...token }): JsonObject => token);
  // Nobody vetted the file: an object for an id could not even be made a number.
  const place = ({ id }: JsonObject) => (typeof id === 'number' ? id : -1);
  return tokens.sort((a, b) => place(a) - place(b));
}

/** SentencePiece's bytes, by which every text can be spelled. */
const byteTokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** With every byte as a token nothing is unknown: transformers 5 writes null there. */
function neverUnknown(vocab: unknown, { byte_fallback: fallback }: JsonObject): boolean {
  return fallback === true && isJsonObject(vocab) && byteTokens.every((token) => Object.hasOwn(vocab, token));
}

function partsOf(json: unknown, path: string): TokenizerParts {
  const { model, added_tokens: addedTokens, normalizer, pre_tokenizer: preTokenizer } = isJsonObject(json) ? json : {};
  if (!isJsonObject(model)) throw new InputError(`"${path}" lacks the object "model".`);
  const { vocab, merges, ...allSettings } = model;
  const { unk_token: _unknown, ...otherSettings } = allSettings;
  const settings = neverUnknown(vocab, allSettings) ? otherSettings : allSettings;
  return {
    vocab,
    merges: oldMerges(merges),
    settings: effective(settings),
    addedTokens: sortedTokens(addedTokens),
    normalizer: normalizer ?? null,
    preTokenizer: plainPreTokenizer(preTokenizer),
  };
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  if (isJsonObject(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value)) return new Map();
  return new Map(
    value.map((item: unknown) => {
      const { content = item } = isJsonObject(item) ? item : {};
      return [typeof content === 'string' ? content : (JSON.stringify(content) ?? ''), item];
    }),
  );
}

/** The first entry that two parts do not share, as a hint. */
function firstDifference(a: unknown, b: unknown): string {
  const [left, right] = [entriesOf(a), entriesOf(b)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    if (!isDeepStrictEqual(left.get(name), right.get(name))) return `, first at ${shown(name)}`;
  }
  return '';
}

/**
 * The first part in which two parsed tokenizers (https://huggingface.co/docs/tokenizers) differ so that some text gets other
 * ids when no special tokens are added. Truncation, padding, post-processor and decoder play no part in that.
 *
 * @param one parsed, with its path
 * @param parts those that count
 * @returns undefined when they give the same ids
 * @throws InputError when one has no model
 */
export function partsDifference(
  one: ParsedTokenizer,
  other: ParsedTokenizer,
  parts: readonly TokenizerPart[],
): string | undefined {
  const [left, right] = [partsOf(one.json, one.path), partsOf(other.json, other.path)];
  for (const part of parts) {
    if (isDeepStrictEqual(left[part], right[part])) continue;
    return `${labels[part]}${firstDifference(left[part], right[part])}`;
  }
  return undefined;
}

/** @throws InputError when it is malformed */
export function parseTokenizer({ path, text }: TokenizerFile): ParsedTokenizer {
  return { path, json: parseBoundedJson(text, `"${path}"`) };
}

/**
 * As {@link partsDifference}, of all parts.
 *
 * @throws InputError when a file is malformed
 */
export function tokenizerDifference(one: TokenizerFile, other: TokenizerFile): string | undefined {
  if (one.text === other.text) return undefined;
  return partsDifference(parseTokenizer(one), parseTokenizer(other), Object.keys(labels) as TokenizerPart[]);
}
