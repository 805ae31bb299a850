import { shownReason } from '../../../files/reading/shown.ts';
import { isJsonObject } from '../../../files/reading/strictJson.ts';
import { type ApiKey, withoutKey } from './apiKey.ts';
import type { Reply } from './exchange.ts';
import { extensionNames, type LeftOut } from './samplingRequest.ts';

/* What a server says when it refuses, in its own words and in kinds that something can be done about. */

/** A web page's title, or its beginning. */
function pageTitle(text: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
  return title === undefined ? 'a web page' : `a web page, "${shownReason(title)}"`;
}

/** The server's message, shown, without the key: of vLLM and OpenAI in `error.message`, of SGLang and older ones in `message`. */
export function serverMessage(reply: Reply, key: ApiKey | undefined): string {
  const { contentType } = reply;
  // Before anything is cut: a part of the key is not to be shown either.
  const text = withoutKey(reply.text, key);
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) {
      const { error, message, detail } = value;
      const inner = isJsonObject(error) ? error['message'] : error;
      for (const each of [inner, message, detail]) {
        if (typeof each === 'string' && each !== '') return shownReason(each);
        if (Array.isArray(each)) return shownReason(JSON.stringify(each.slice(0, 3)));
      }
    }
  } catch {
    // No JSON: a proxy's page, or a plain sentence.
  }
  if (/html/i.test(contentType) || /^\s*<(?:!doctype|html)/i.test(text)) return pageTitle(text);
  return text.trim() === '' ? 'nothing more' : shownReason(text.trim());
}

/** How a refusal of the request itself can be met. */
export type Refusal = 'extensions' | 'logprobs' | 'count' | 'tooLong' | 'model' | 'other';

/**
 * @param count how many answers were asked for
 * @param sent what was left out of the request that is refused: it cannot be the reason
 */
export function refusalOf(message: string, count: number, sent: LeftOut): Refusal {
  if (/maximum context|context length|max_model_len|max_tokens.*too large|too long|longer than/i.test(message)) {
    return 'tooLong';
  }
  if (!sent.extensions && extensionNames.some((name) => message.includes(name))) return 'extensions';
  if (!sent.logprobs && /logprob/i.test(message)) return 'logprobs';
  if (/\bmodel\b.*(?:not exist|not found|unknown)/i.test(message)) return 'model';
  if (count > 1 && /(?:^|[^\w'])[`'"]?n[`'"]?(?:[^\w']|$)|best_of|choices|greedy/i.test(message)) return 'count';
  return 'other';
}
