import { Tokenizer } from '@huggingface/tokenizers';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shownReason } from '../../files/reading/shown.ts';
import { isJsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { checkAddedTokens } from './addedTokens.ts';
import { checkBpeModel } from './bpeModel.ts';
import { portableNormalizer } from './normalizers.ts';
import { type SpecialIds, specialIdsOf } from './postProcessor.ts';
import { portablePreTokenizer } from './preTokenizers.ts';
import { tokenizerFault } from './tokenizerFault.ts';

/*
 * Reads a checkpoint's `tokenizer.json`, and turns texts into token ids as the reference library (Rust, Python) would.
 */

/** A checkpoint's own tokenizer, as `tokenizer.json` alone describes it. */
export interface TextTokenizer {
  /** Token ids of a text; no special token is added, those spelled in the text are recognised. */
  encode(text: string): number[];
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
 * (Rust, Python) gives them with `add_special_tokens=False`, truncation and padding off. What the JavaScript library
 * would do differently is put in other words that it does alike, or refused. `tokenizer_config.json` plays no part.
 *
 * @throws InputError when the file cannot be read, is malformed, or describes what would give other ids
 */
export async function readTokenizer(path: string): Promise<TextTokenizer> {
  const fault = tokenizerFault(path);
  const json = parseBoundedJson(await readTextFile(path, inputKinds.tokenizer), `"${path}"`);
  if (!isJsonObject(json)) throw fault('it is not a JSON object');
  const normalizer = portableNormalizer(json['normalizer'], fault);
  const preTokenizer = portablePreTokenizer(json['pre_tokenizer'], fault);
  const model = checkBpeModel(json['model'], preTokenizer.byteLevel, fault);
  const addedTokens = checkAddedTokens(json['added_tokens'], model.vocab, fault);
  // The library counts the parts between added tokens that are not normalised; other added tokens mislead it.
  if (preTokenizer.marksStart && normalizer !== null && addedTokens.some((token) => token['normalized'] === true)) {
    throw fault(
      'its pre-tokenizer "Metaspace" with prepend_scheme "first" and normalised added tokens do not go together',
    );
  }
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(
      {
        normalizer,
        pre_tokenizer: preTokenizer.json,
        model: model.json,
        added_tokens: addedTokens,
        // What the one adds is added by whoever wants it (`special`), and tokens are shown one by one.
        post_processor: null,
        decoder: null,
      },
      {},
    );
  } catch (error) {
    throw fault(shownReason(error instanceof Error ? error.message : String(error)));
  }
  return {
    encode: (text) => (text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    spelling: (id) => tokenizer.id_to_token(id),
    special: () => specialIdsOf(json['post_processor'], fault),
    byteLevel: preTokenizer.byteLevel,
    literal: new Set(tokenizer.get_added_tokens_decoder().keys()),
  };
}
