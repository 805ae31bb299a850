import type { Turns } from '../../settings/calibrationSettings.ts';
import type { ChatTemplate } from './chatTemplate.ts';
import { type Conversation, ConversationFault, isTrained } from './conversation.ts';
import type { TextRange } from './jinja/render/output.ts';
import type { Rendering } from './jinja/template.ts';
import type { Dict } from './jinja/values/values.ts';
import { turnRange } from './turnRange.ts';

export interface RenderedConversation {
  /** The whole conversation, without a prompt for a further turn. */
  readonly text: string;
  /** The assistant's turns that count, in the order of the text, in UTF-16 units; they do not overlap and none is empty. */
  readonly ranges: readonly TextRange[];
  /** The template marks the turns itself, by `{% generation %}`. */
  readonly marked: boolean;
}

/**
 * Renders a conversation and finds the assistant's turns in it. A turn is what the assistant would have generated: from after the
 * generation prompt up to its stop token, which belongs to it; white space after that does not.
 *
 * Where the template has `{% generation %}`, a turn is what stands in it. Otherwise its place is found from renderings of the
 * conversation cut off before and after it, as {@link turnRange} says.
 *
 * @throws ConversationFault when the template refuses the conversation, or a turn's place is not certain
 * @throws InputError when the template cannot be used at all
 */
export function renderConversation(
  template: ChatTemplate,
  conversation: Conversation,
  turns: Turns,
  now: Date,
): RenderedConversation {
  const { messages, firstTrained = 0 } = conversation;
  const render = (part: readonly Dict[], prompt: boolean) => template.render(part, conversation, prompt, now);
  const whole = render(messages, false);
  const marked = whole.generated.length > 0;
  const assistants = messages.flatMap((message, i) => (message.get('role') === 'assistant' ? [i] : []));
  const wanted = new Set(
    assistants.filter(
      (i) => i >= firstTrained && isTrained(messages[i]!) && (turns === 'all' || i === assistants.at(-1)),
    ),
  );
  const ranges: TextRange[] = [];
  if (marked) {
    const owners = wanted.size === assistants.length ? undefined : owningMessages(render, messages, assistants, whole);
    ranges.push(...whole.generated.filter((_, i) => owners === undefined || wanted.has(owners[i]!)));
  } else {
    for (const i of wanted) {
      const range = turnRange(render, messages, i, whole.text);
      if (range.start < (ranges.at(-1)?.end ?? 0))
        throw new ConversationFault(`the assistant's turns overlap in its rendering`);
      if (range.end > range.start) ranges.push(range);
    }
  }
  return { text: whole.text, ranges, marked };
}

type Render = (messages: readonly Dict[], prompt: boolean) => Rendering;

/** The message that each `{% generation %}` of a rendering belongs to. */
function owningMessages(
  render: Render,
  messages: readonly Dict[],
  assistants: readonly number[],
  whole: Rendering,
): number[] {
  const { length } = whole.generated;
  if (length === assistants.length) return [...assistants];
  // A template may write several for a message, or none: how many, the conversation cut off after it tells.
  const owners: number[] = [];
  for (const i of assistants) {
    const until = render(messages.slice(0, i + 1), false).generated.length;
    while (owners.length < until) owners.push(i);
  }
  if (owners.length !== length)
    throw new ConversationFault('which {% generation %} belongs to which message is not certain');
  return owners;
}
