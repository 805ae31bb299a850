import { Tokenizer } from '@huggingface/tokenizers';
import { isJsonObject, parseBoundedJson } from '../checkpoint/strictJson.ts';
import { readTextFile } from '../checkpoint/textFile.ts';
import { InputError } from '../errors.ts';

/** Larger than any known vocabulary's file (Qwen3: 11 MB, Llama 3: 17 MB). */
const maxTokenizerBytes = 200e6;

/** A checkpoint's own tokenizer, as `tokenizer.json` alone describes it. */
export interface TextTokenizer {
  /** Token ids of a text; no special token is added. */
  encode(text: string): number[];
  /** The vocabulary's spelling of a token, undefined when there is none of that id. */
  spelling(id: number): string | undefined;
  /** Tokens are spelled with the byte-level alphabet of GPT-2. */
  readonly byteLevel: boolean;
  /** Ids whose spelling is literal text: added and special tokens. */
  readonly literal: ReadonlySet<number>;
}

/** Whether a component of `tokenizer.json`, or one inside it, is of a type. */
function holds(component: unknown, type: string): boolean {
  if (Array.isArray(component)) return component.some((each) => holds(each, type));
  if (!isJsonObject(component)) return false;
  return component['type'] === type || Object.values(component).some((each) => holds(each, type));
}

/**
 * Reads `tokenizer.json`. `tokenizer_config.json` is left aside: its text clean-up flags are not part of encoding.
 * @throws InputError when it cannot be read or uses what the tokenizer library does not know
 */
export async function readTokenizer(path: string): Promise<TextTokenizer> {
  const json = parseBoundedJson(await readTextFile(path, maxTokenizerBytes), `"${path}"`);
  if (!isJsonObject(json)) throw new InputError(`"${path}" is not a JSON object: is it a tokenizer.json?`);
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json, {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`"${path}" describes a tokenizer that cannot be used: ${reason}.`, { cause: error });
  }
  return {
    encode: (text) => (text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    spelling: (id) => tokenizer.id_to_token(id),
    byteLevel: holds(json['pre_tokenizer'], 'ByteLevel') || holds(json['decoder'], 'ByteLevel'),
    literal: new Set(tokenizer.get_added_tokens_decoder().keys()),
  };
}
