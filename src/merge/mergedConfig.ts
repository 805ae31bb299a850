import { isJsonObject } from '../files/reading/strictJson.ts';

/* The `config.json` of a merged model: the base's, but for a vocabulary that grew or a head that came untied. */

/** Puts a value in the place of a field's in the outermost object, or first of all; everything else stays as it is written. */
function withField(text: string, field: string, value: number | boolean): string {
  const json: unknown = JSON.parse(text);
  if (isJsonObject(json) && json[field] === value) return text;
  const places = [...text.matchAll(new RegExp(`("${field}"\\s*:\\s*)(\\d+|true|false|null)(?=\\s*[,}])`, 'g'))];
  const [place] = places;
  if (places.length === 1) {
    const changed =
      text.slice(0, place!.index) + place![1]! + String(value) + text.slice(place!.index + place![0].length);
    const now: unknown = JSON.parse(changed);
    if (isJsonObject(now) && now[field] === value) return changed;
  }
  // In an object inside too, or not at all.
  return `${JSON.stringify({ ...(json as object), [field]: value }, null, 2)}\n`;
}

/**
 * The text of the merged model's `config.json`.
 *
 * @param text the base's, which was read as a model's before
 */
export function mergedConfig(
  text: string,
  { vocabSize, tied }: { readonly vocabSize: number; readonly tied: boolean },
): string {
  const sized = withField(text, 'vocab_size', vocabSize);
  const json: unknown = JSON.parse(sized);
  const wasTied = isJsonObject(json) && json['tie_word_embeddings'] === true;
  return tied === wasTied ? sized : withField(sized, 'tie_word_embeddings', tied);
}
