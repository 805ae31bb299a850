import { InputError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { listed } from '../listed.ts';
import { parseTokenizer, partsDifference, type TokenizerPart } from './tokenizerDifference.ts';
import { type TokenTable, tokenTable } from './tokenTable.ts';

/*
 * Compares the tokenizers of base and SFT by what counts when both are run on the SFT's ids: which token an id is. How a
 * text is cut into tokens is the SFT's alone.
 */

/** An id that is one token to the SFT checkpoint, and another or none to the base. */
export interface OtherToken {
  readonly id: number;
  /** Undefined: the base's tokenizer has no token of that id. */
  readonly base: string | undefined;
  readonly sft: string;
  /** An added token on either side: a name that was given to a row, not a piece of text that was learned. */
  readonly added: boolean;
}

/** How the tokenizers of a pair differ. */
export interface TokenizerComparison {
  /** Ascending by id. */
  readonly others: readonly OtherToken[];
  /** Sentences on what else differs. */
  readonly notes: readonly string[];
}

/** Tokens named in a sentence; more are counted. */
const named = 5;

/** What decides how a text is cut into tokens, beside the tokens themselves. */
const cutting: readonly TokenizerPart[] = ['merges', 'settings', 'normalizer', 'preTokenizer'];

function otherTokens(base: TokenTable, sft: TokenTable): OtherToken[] {
  const others: OtherToken[] = [];
  for (const [id, token] of sft.tokens) {
    const counterpart = base.tokens.get(id);
    if (counterpart === token) continue;
    others.push({ id, base: counterpart, sft: token, added: base.added.has(id) || sft.added.has(id) });
  }
  return others.sort((a, b) => a.id - b.id);
}

/**
 * Compares two tokenizers id by id.
 *
 * @param base its path; undefined where the base has none: its ids are taken to mean what the SFT's do
 * @throws InputError when a file cannot be read or is malformed
 */
export async function compareTokenizers(base: string | undefined, sft: string): Promise<TokenizerComparison> {
  if (base === undefined) {
    const text =
      'The base has no tokenizer.json: its token ids are taken to mean what they mean to the SFT checkpoint.';
    return { others: [], notes: [text] };
  }
  const [baseText, sftText] = [
    await readTextFile(base, inputKinds.tokenizer),
    await readTextFile(sft, inputKinds.tokenizer),
  ];
  if (baseText === sftText) return { others: [], notes: [] };
  const [one, other] = [parseTokenizer({ path: base, text: baseText }), parseTokenizer({ path: sft, text: sftText })];
  const difference = partsDifference(one, other, cutting);
  const notes =
    difference === undefined
      ? []
      : [`"${base}" and "${sft}" differ in ${difference}: the calibration is tokenised with the latter, the SFT's.`];
  return { others: otherTokens(tokenTable(one.json, base), tokenTable(other.json, sft)), notes };
}

/** `3 "<pad>", 4 "<x>" and 2 more`. */
function listedTokens(tokens: readonly OtherToken[], text: (token: OtherToken) => string): string {
  const first = tokens.slice(0, named).map((token) => `${token.id} ${text(token)}`);
  if (tokens.length > named) return `${first.join(', ')} and ${tokens.length - named} more`;
  return listed(first);
}

/**
 * Says by name which tokens were renamed or added, and what becomes of their rows.
 *
 * @param fused whether rows that both sides have are fused all the same
 */
export function otherTokenNotes({ others }: TokenizerComparison, fused: boolean, baseRows: number): string[] {
  const notes: string[] = [];
  const count = (tokens: readonly OtherToken[]) => (tokens.length === 1 ? 'One token' : `${tokens.length} tokens`);
  const renamed = others.filter(({ base, id }) => base !== undefined && id < baseRows);
  const be = (tokens: readonly OtherToken[]) => (tokens.length === 1 ? 'is' : 'are');
  const fate = fused
    ? 'fused, as --renamed-rows fuse says'
    : "the SFT's, in the measured base too; --renamed-rows fuse (in VS Code, rejuvenation.renamedRows) fuses them";
  if (renamed.length > 0) {
    const which = listedTokens(renamed, ({ base, sft }) => `${shown(base)} to ${shown(sft)}`);
    notes.push(
      `${count(renamed)} ${be(renamed)} renamed in the SFT's tokenizer (${which}): rows of embedding and head are ${fate}.`,
    );
  }
  const added = others.filter(({ base }) => base === undefined);
  const inside = added.filter(({ id }) => id < baseRows);
  if (added.length > 0) {
    const which = listedTokens(added, ({ sft }) => shown(sft));
    const rows = inside.length === 0 ? "the SFT's" : fate;
    notes.push(
      `${count(added)} ${be(added)} in the SFT's tokenizer alone (${which}): rows of embedding and head are ${rows}.`,
    );
  }
  return notes;
}

/**
 * Checks that every id of the calibration means the same in both tokenizers. Added tokens may be other ones: a row was given
 * a name, and is the SFT's unless told otherwise. An ordinary token that is another is a tokenizer of another model.
 *
 * @param ids of all samples
 * @throws InputError naming the first five that mean something else
 */
export function checkUsedTokens(
  { others }: TokenizerComparison,
  ids: ReadonlySet<number>,
  paths: { readonly base: string | undefined; readonly sft: string },
): void {
  const wrong = others.filter(({ id, base, added }) => base !== undefined && !added && ids.has(id));
  if (wrong.length === 0) return;
  const which = listedTokens(wrong, ({ base, sft }) => `is ${shown(base)} to the base and ${shown(sft)} to the SFT`);
  throw new InputError(
    `The calibration uses ${wrong.length === 1 ? 'a token' : `${wrong.length} tokens`} that "${paths.base}" and "${paths.sft}" ` +
      `disagree on (${which}): give the base that the SFT checkpoint was trained from, or with --tokenizer FILE the tokenizer that ` +
      'it was trained with.',
  );
}
