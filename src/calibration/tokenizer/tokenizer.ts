import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { type AddedToken, addedTokenFinder, readAddedTokens } from './addedTokens.ts';
import { readDecoder } from './decoders/decoders.ts';
import { readModel } from './models/readModel.ts';
import { readNormalizer, spellsBytes } from './normalizers/normalizers.ts';
import { edited, type Piece, slice, wholePiece } from './piece.ts';
import { type SpecialIds, specialIdsOf } from './postProcessor.ts';
import { readPreTokenizer } from './preTokenizers/preTokenizers.ts';
import { type TokenizerFault, tokenizerFault } from './tokenizerFault.ts';

/*
 * Reads a checkpoint's `tokenizer.json`, and turns texts into token ids as the reference library (Rust, Python) would.
 */

/** Token ids of a text, and where they stand in it. */
export interface Encoding {
  readonly ids: number[];
  /** Of each token, where the characters that it stands for begin (UTF-16 units) and where they end (exclusive). */
  readonly starts: number[];
  readonly ends: number[];
}

/** A checkpoint's own tokenizer, as `tokenizer.json` alone describes it. */
export interface TextTokenizer {
  /**
   * Token ids of a text; no special token is added, those spelled in the text are recognised.
   *
   * @throws InputError for a text that it has no tokens for
   */
  encode(text: string): number[];
  /**
   * The same with the characters of each token. A token that is part of a character stands for the whole of it, one for what a
   * normalizer made of several characters for all of them, and one for what the tokenizer put there for the character after
   * it. Characters that the tokenizer leaves out have no token.
   */
  encodeWithOffsets(text: string): Encoding;
  /**
   * The text of tokens, special ones left out, as the reference library's `decode(ids, skip_special_tokens=True)` gives it.
   *
   * @throws InputError when the decoder is malformed or not supported
   */
  decode(ids: Iterable<number>): string;
  /** The vocabulary's spelling of a token, undefined when there is none of that id. */
  spelling(id: number): string | undefined;
  /**
   * Ids that the post-processor puts around a text.
   * @throws InputError when it is not understood
   */
  special(): SpecialIds;
  /** Tokens are spelled with the byte-level alphabet. */
  readonly byteLevel: boolean;
  /** Ids whose spelling is literal text: added and special tokens. */
  readonly literal: ReadonlySet<number>;
}

/**
 * Reads `tokenizer.json` (https://huggingface.co/docs/tokenizers) so that texts get the ids that the reference library
 * (Rust, Python) gives them with `add_special_tokens=False`, truncation and padding off; what is not supported is refused.
 * `tokenizer_config.json` plays no part.
 *
 * @throws InputError when the file cannot be read, is malformed, or describes what is not supported
 */
export async function readTokenizer(path: string): Promise<TextTokenizer> {
  const fault = tokenizerFault(path);
  const json = parseBoundedJson(await readTextFile(path, inputKinds.tokenizer), `"${path}"`);
  if (!isJsonObject(json)) throw fault('it is not a JSON object');
  const normalizer = readNormalizer(json['normalizer'], fault);
  const preTokenizer = readPreTokenizer(json['pre_tokenizer'], fault);
  const model = readModel(json['model'], fault);
  const added = readAddedTokens(json['added_tokens'], model, fault);
  const addedSpellings = new Map(added.map(({ id, content }) => [id, content]));

  const specialSpellings = new Set(added.filter(({ special }) => special).map(({ content }) => content));
  const spellingOf = (id: number) => addedSpellings.get(id) ?? model.spelling(id);
  let decoder: ReturnType<typeof readDecoder> | undefined;

  const normalized = (piece: Piece) => normalizer.reduce((done, step) => edited(done, step(done.text)), piece);
  const inText = addedTokenFinder(added.filter((token) => !token.normalized).map((token) => [token.content, token]));
  const writtenNormalized = added
    .filter((token) => token.normalized)
    .map((token): [string, AddedToken] => [normalized(wholePiece(token.content, false)).text, token]);
  const inNormalized = addedTokenFinder(distinct(writtenNormalized, fault));
  // The reference library decodes them to what it looks for, not to what the file says.
  const decodedSpellings = new Map(writtenNormalized.map(([written, { id }]) => [id, written]));

  /** Calls `visit` with each added token, and with each word that the model is to turn into tokens. */
  function walk(text: string, tracked: boolean, visit: (piece: Piece, id: number | undefined) => void): void {
    const whole = wholePiece(text, tracked);
    for (const part of inText(text)) {
      const piece = slice(whole, part.start, part.end);
      if (part.id !== undefined) visit(piece, part.id);
      else walkNormalized(normalized(piece), visit);
    }
  }

  function walkNormalized(piece: Piece, visit: (piece: Piece, id: number | undefined) => void): void {
    for (const part of inNormalized(piece.text)) {
      const inner = slice(piece, part.start, part.end);
      if (part.id !== undefined) visit(inner, part.id);
      else
        for (const word of preTokenizer.steps.reduce((pieces, step) => pieces.flatMap(step), [inner]))
          visit(word, undefined);
    }
  }

  return {
    encode(text) {
      const ids: number[] = [];
      walk(text, preTokenizer.marksStart, (piece, id) => {
        if (id !== undefined) ids.push(id);
        else for (const token of model.tokenise(piece.text).ids) ids.push(token);
      });
      return ids;
    },
    encodeWithOffsets(text) {
      const encoding: Encoding = { ids: [], starts: [], ends: [] };
      walk(text, true, (piece, id) => {
        const { starts, ends } = piece.origin!;
        if (id !== undefined) put(id, starts[0]!, ends.at(-1)!);
        else {
          const tokens = model.tokenise(piece.text);
          for (const [i, token] of tokens.ids.entries()) {
            put(token, starts[tokens.starts[i]!]!, ends[tokens.ends[i]! - 1]!);
          }
        }
      });
      return encoding;

      function put(id: number, start: number, end: number): void {
        encoding.ids.push(id);
        encoding.starts.push(start);
        encoding.ends.push(end);
      }
    },
    decode(ids) {
      // Tokenizers serve well for calibration whose decoder is read by nobody.
      decoder ??= readDecoder(json['decoder'], fault);
      const spellings: string[] = [];
      for (const id of ids) {
        const spelling = decodedSpellings.get(id) ?? spellingOf(id);
        if (spelling !== undefined && !specialSpellings.has(spelling)) spellings.push(spelling);
      }
      return decoder(spellings);
    },
    spelling: spellingOf,
    special: () => specialIdsOf(json['post_processor'], fault),
    byteLevel: preTokenizer.byteLevel || spellsBytes(normalizer),
    literal: new Set(addedSpellings.keys()),
  };
}

/** Added tokens as they are written after normalization. @throws InputError by `fault` where two are written alike */
function distinct(tokens: [written: string, token: AddedToken][], fault: TokenizerFault): [string, AddedToken][] {
  const known = new Map<string, AddedToken>();
  for (const [written, token] of tokens) {
    const other = known.get(written);
    if (other !== undefined && written !== '') {
      throw fault(
        `its normalizer makes the added tokens ${shown(other.content)} and ${shown(token.content)} the same text, of which ` +
          'the tokenizers library takes one or the other by chance',
      );
    }
    known.set(written, token);
  }
  return tokens;
}
