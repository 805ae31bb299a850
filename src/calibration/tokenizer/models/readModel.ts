import { shown } from '../../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../../files/reading/strictJson.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { bpeModel } from './bpe.ts';
import type { Model } from './model.ts';
import { unigramModel } from './unigram.ts';
import { wordLevelModel, wordPieceModel } from './wordPiece.ts';

/**
 * Reads the `model` of a `tokenizer.json`, which turns words into tokens.
 *
 * @throws InputError by `fault` for what is malformed or not supported
 */
export function readModel(value: unknown, fault: TokenizerFault): Model {
  if (!isJsonObject(value)) throw fault('it lacks the object "model"');
  const type = value['type'] ?? untyped(value);
  switch (type) {
    case 'BPE':
      return bpeModel(value, fault);
    case 'Unigram':
      return unigramModel(value, fault);
    case 'WordPiece':
      return wordPieceModel(value, fault);
    case 'WordLevel':
      return wordLevelModel(value, fault);
    default:
      throw fault(`its model ${shown(type)} is not supported`);
  }
}

/** The type of a model that does not say its type, as in old files. */
function untyped(value: JsonObject): string {
  if ('merges' in value) return 'BPE';
  if (Array.isArray(value['vocab'])) return 'Unigram';
  return 'continuing_subword_prefix' in value ? 'WordPiece' : 'BPE';
}
