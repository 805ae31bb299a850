import { shown } from '../../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../../files/reading/strictJson.ts';
import { byteEdits } from '../byteAlphabet.ts';
import { prependEdits } from '../normalizers/normalizers.ts';
import { edited, type Piece } from '../piece.ts';
import { portableRegex, textRegex } from '../regex/oniguruma.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { numbers, punctuation, whiteSpace, word } from '../unicode/characterSets.ts';
import { classSource, unionOf, without } from '../unicode/codePointSet.ts';
import { type Behavior, behaviors, splitPiece } from './splits.ts';

/* Reads the `pre_tokenizer` of a `tokenizer.json`, which splits texts into words, as steps that split where the reference library does. */

/** A step of pre-tokenization: the parts of a piece. */
type Step = (piece: Piece) => Piece[];

export interface PreTokenizer {
  readonly steps: readonly Step[];
  /** It spells bytes in the byte-level alphabet. */
  readonly byteLevel: boolean;
  /** It marks the start of the text, by where a piece stands in it. */
  readonly marksStart: boolean;
}

/** GPT-2's split, which "ByteLevel" does unless told otherwise. */
const gpt2Split = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/**
 * The `pre_tokenizer` of a file; without steps for null.
 *
 * @throws InputError by `fault` for what is malformed or not supported
 */
export function readPreTokenizer(value: unknown, fault: TokenizerFault): PreTokenizer {
  const kinds = flatten(value, fault);
  return {
    steps: kinds.flatMap((kind) => stepsOf(kind, fault)),
    byteLevel: kinds.some(({ type }) => type === 'ByteLevel'),
    marksStart: kinds.some((kind) => kind['type'] === 'Metaspace' && kind['prepend_scheme'] === 'first'),
  };
}

function flatten(value: unknown, fault: TokenizerFault): JsonObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw fault('its "pre_tokenizer" is not an object');
  if (value['type'] !== 'Sequence') return [value];
  const inner = value['pretokenizers'];
  if (!Array.isArray(inner)) throw fault('its pre-tokenizer "Sequence" lacks the list "pretokenizers"');
  return inner.flatMap((each) => flatten(each, fault));
}

const each = (source: string) => new RegExp(source, 'gu');
const spaces = classSource(whiteSpace);
const words = `${classSource(word)}+|${classSource(without(unionOf(word, whiteSpace)))}+`;

function stepsOf(kind: JsonObject, fault: TokenizerFault): Step[] {
  const { type } = kind;
  const by = (regex: RegExp, behavior: Behavior, invert = false): Step => {
    return (piece) => splitPiece(piece, regex, behavior, invert);
  };
  switch (type) {
    case 'Split':
      return [by(pattern(kind['pattern'], fault), behaviorOf(kind, fault), kind['invert'] === true)];
    case 'Digits':
      return [by(each(classSource(numbers)), kind['individual_digits'] === true ? 'Isolated' : 'Contiguous')];
    case 'Punctuation':
      return [by(each(classSource(punctuation)), behaviorOf({ behavior: 'Isolated', ...kind }, fault))];
    case 'Whitespace':
      return [by(each(words), 'Removed', true)];
    case 'WhitespaceSplit':
      return [by(each(spaces), 'Removed')];
    case 'BertPreTokenizer':
      return [by(each(spaces), 'Removed'), by(each(classSource(punctuation)), 'Isolated')];
    case 'CharDelimiterSplit':
      return [by(textRegex(oneCharacter(kind, 'delimiter', fault)), 'Removed')];
    case 'ByteLevel':
      return byteLevelSteps(kind, fault);
    case 'Metaspace':
      return metaspaceSteps(kind, fault);
    default:
      throw fault(`its pre-tokenizer ${shown(type)} is not supported`);
  }
}

/** A pattern as the file gives it: `{"String": …}` or `{"Regex": …}`. */
function pattern(value: unknown, fault: TokenizerFault): RegExp {
  const { String: text, Regex: source } = isJsonObject(value) ? value : {};
  if (typeof text === 'string') return textRegex(text);
  if (typeof source === 'string') return portableRegex(source, fault);
  throw fault('a pattern in it is neither a "String" nor a "Regex"');
}

function behaviorOf({ type, behavior }: JsonObject, fault: TokenizerFault): Behavior {
  const known = behaviors.find((name) => name === behavior);
  if (known === undefined) {
    throw fault(`its pre-tokenizer ${shown(type)} has the behavior ${shown(behavior)}, which is not supported`);
  }
  return known;
}

function oneCharacter(kind: JsonObject, field: string, fault: TokenizerFault): string {
  const value = kind[field];
  if (typeof value !== 'string' || [...value].length !== 1) {
    throw fault(
      `its pre-tokenizer ${shown(kind['type'])} has the ${field} ${shown(value)}, which is not one character`,
    );
  }
  return value;
}

function byteLevelSteps(kind: JsonObject, fault: TokenizerFault): Step[] {
  const steps: Step[] = [];
  if (kind['add_prefix_space'] !== false) {
    steps.push((piece) => [piece.text.startsWith(' ') ? piece : edited(piece, prependEdits(piece.text, ' '))]);
  }
  if (kind['use_regex'] !== false) {
    const regex = portableRegex(gpt2Split, fault);
    steps.push((piece) => splitPiece(piece, regex, 'Isolated', false));
  }
  return [...steps, (piece) => [edited(piece, byteEdits(piece.text))]];
}

function metaspaceSteps(kind: JsonObject, fault: TokenizerFault): Step[] {
  const { prepend_scheme: scheme = 'always', split: splits = true, add_prefix_space: prefix = true } = kind;
  const replacement = oneCharacter({ replacement: '▁', ...kind }, 'replacement', fault);
  const known = scheme === 'always' || scheme === 'first' || scheme === 'never';
  if (!known || (prefix === false && scheme !== 'never')) {
    throw fault(
      `its pre-tokenizer "Metaspace" has prepend_scheme ${shown(scheme)} with add_prefix_space ${shown(prefix)}, ` +
        'which do not go together',
    );
  }
  const mark: Step = (piece) => {
    const spaced = edited(
      piece,
      Array.from(piece.text.matchAll(/ /g), ({ index }) => ({ start: index, end: index + 1, text: replacement })),
    );
    const put = scheme === 'always' || (scheme === 'first' && piece.start === 0);
    const marked = spaced.text.startsWith(replacement) || !put;
    return [marked ? spaced : edited(spaced, prependEdits(spaced.text, replacement))];
  };
  if (splits === false) return [mark];
  const regex = textRegex(replacement);
  return [mark, (piece) => splitPiece(piece, regex, 'MergedWithNext', false)];
}
