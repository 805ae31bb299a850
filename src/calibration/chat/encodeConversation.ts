import type { TokenRange } from '../../method/responseRows.ts';
import type { Turns } from '../../settings/calibrationSettings.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import { renderConversation } from './assistantRanges.ts';
import type { ChatTemplate } from './chatTemplate.ts';
import { type Conversation, ConversationFault } from './conversation.ts';
import type { TextRange } from './jinja/render/output.ts';
import { tokenOffsets } from './tokenOffsets.ts';

export interface EncodedConversation {
  readonly ids: Uint32Array;
  /** The assistant's tokens, turn by turn in their order; none is empty and none overlaps another. May be no range at all. */
  readonly ranges: readonly TokenRange[];
}

/**
 * A conversation's token ids and which of them are the assistant's, as transformers' `apply_chat_template(…, tokenize=True,
 * return_assistant_tokens_mask=True)` gives them; for templates without `{% generation %}`, which transformers knows no mask for,
 * {@link renderConversation} says what a turn is. A token that begins before a turn and ends in it counts as the turn's.
 *
 * @param now what `strftime_now` prints; one moment for a whole file
 * @throws ConversationFault when this conversation cannot be used
 * @throws InputError when the template cannot be used at all
 */
export function encodeConversation(
  template: ChatTemplate,
  tokenizer: TextTokenizer,
  conversation: Conversation,
  turns: Turns,
  now: Date,
): EncodedConversation {
  const { text, ranges, marked } = renderConversation(template, conversation, turns, now);
  if (!text.isWellFormed())
    throw new ConversationFault('its rendering holds half of a surrogate pair, which is no text');
  const ids = tokenizer.encode(text);
  if (ranges.length === 0) return { ids: Uint32Array.from(ids), ranges: [] };
  const offsets = tokenOffsets(tokenizer, text, ids);
  if (offsets === undefined)
    throw new ConversationFault('its tokens do not spell its rendering, so its turns cannot be found in them');
  return { ids: Uint32Array.from(ids), ranges: tokenRanges(offsets, ranges, marked) };
}

/**
 * @param firstOfLast a character in several tokens that a range ends with counts by its first token alone, as transformers does
 */
function tokenRanges(offsets: readonly TextRange[], ranges: readonly TextRange[], firstOfLast: boolean): TokenRange[] {
  const found: TokenRange[] = [];
  for (const range of ranges) {
    const holds = (at: number) => (token: TextRange) => token.start <= at && at < token.end;
    const first = offsets.findIndex(holds(range.start));
    const last = firstOfLast ? offsets.findIndex(holds(range.end - 1)) : offsets.findLastIndex(holds(range.end - 1));
    // Two turns in one token: the former has it.
    const start = Math.max(first, found.at(-1)?.end ?? 0);
    if (first >= 0 && last >= start) found.push({ start, end: last + 1 });
  }
  return found;
}
