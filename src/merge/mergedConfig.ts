import { withField } from '../commit/changedField.ts';
import { isJsonObject } from '../files/reading/strictJson.ts';

/* The `config.json` of a merged model: the base's, but for a vocabulary that grew or a head that came untied. */

/**
 * The text of the merged model's `config.json`.
 *
 * @param text the base's, which was read as a model's before
 */
export function mergedConfig(
  text: string,
  { vocabSize, tied }: { readonly vocabSize: number; readonly tied: boolean },
): string {
  const json: unknown = JSON.parse(text);
  const config = isJsonObject(json) ? json : {};
  const sized = config['vocab_size'] === vocabSize ? text : withField(text, ['vocab_size'], vocabSize);
  const wasTied = config['tie_word_embeddings'] === true;
  return tied === wasTied ? sized : withField(sized, ['tie_word_embeddings'], tied);
}
