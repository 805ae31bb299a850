import { ConversationFault } from './conversation.ts';
import type { TextRange } from './jinja/render/output.ts';
import type { Rendering } from './jinja/template.ts';
import type { Dict, Value } from './jinja/values/values.ts';

/* Finds an assistant's turn in a rendered conversation whose template does not mark it. */

type Render = (messages: readonly Dict[], prompt: boolean) => Rendering;

/** Two answers that share neither their first character nor their last. */
const probes = ['Qx7 jvW', 'Zk4 mpH'] as const;

/**
 * Where the assistant's turn `index` stands in the rendering `whole`, for templates that do not mark it.
 *
 * It starts where the conversation before it ends, rendered with the prompt for a turn, and ends where the conversation ends that
 * stops with it: both must be beginnings of the whole. Some templates write a turn otherwise once another follows (Qwen 3 drops
 * its thoughts), or ask for turns in more words than they write them with. Then two probes are put in the turn's place: what the
 * renderings share before and after the probes surrounds the turn, and that must surround it in the whole too.
 *
 * What a template writes after the content of a conversation's last turn counts as its stop token.
 *
 * @throws ConversationFault when neither way finds it
 */
export function turnRange(render: Render, messages: readonly Dict[], index: number, whole: string): TextRange {
  const sought: Sought = { render, before: messages.slice(0, index), after: messages.slice(index + 1), whole };
  const start = startByPrompt(sought) ?? startByProbes(sought);
  const end = endByPrefix(sought, messages[index]!) ?? endByProbes(sought);
  const uncertain = start === undefined ? 'starts' : end === undefined || end < start ? 'ends' : undefined;
  if (start !== undefined && end !== undefined && uncertain === undefined) {
    return { start, end: start + whole.slice(start, end).trimEnd().length };
  }
  throw new ConversationFault(
    `where the assistant's message ${index + 1} ${uncertain} in its rendering is not certain`,
  );
}

interface Sought {
  readonly render: Render;
  readonly before: readonly Dict[];
  readonly after: readonly Dict[];
  readonly whole: string;
}

/** A rendering's text, undefined where the template refuses the part of the conversation. */
function attempt(render: Render, messages: readonly Dict[], prompt: boolean): string | undefined {
  if (messages.length === 0) return undefined;
  try {
    return render(messages, prompt).text;
  } catch (error) {
    if (error instanceof ConversationFault) return undefined;
    throw error;
  }
}

/** What the renderings with the one probe and the other share before and after it. */
function around(
  render: Render,
  before: readonly Dict[],
  after: readonly Dict[],
  prompt = false,
): Surroundings | undefined {
  const [a, b] = probes.map((content) => {
    const turn = new Map<string, Value>([
      ['role', 'assistant'],
      ['content', content],
    ]);
    return attempt(render, [...before, turn, ...after], prompt);
  });
  if (a === undefined || b === undefined) return undefined;
  return { start: commonStart(a, b), following: a.slice(a.length - commonEnd(a, b)), texts: [a, b] };
}

interface Surroundings {
  /** Where the probe starts. */
  readonly start: number;
  readonly following: string;
  readonly texts: readonly string[];
}

function startByPrompt({ render, before, whole }: Sought): number | undefined {
  const asked = attempt(render, before, true);
  if (asked === undefined || !whole.startsWith(asked)) return undefined;
  if (asked !== attempt(render, before, false)) return asked.length;
  // A template that writes no prompt may need none, or write the turn's head with the turn only: the first turn tells.
  const opening = before.slice(0, 1 + before.findIndex((message) => message.get('role') === 'user'));
  const text = attempt(render, opening, false);
  const first = around(render, opening, []);
  if (text === undefined || first === undefined || !first.texts[0]!.startsWith(text)) return undefined;
  return first.texts[0]!.slice(text.length, first.start).trim() === '' ? asked.length : undefined;
}

function startByProbes({ render, before, after, whole }: Sought): number | undefined {
  const probed = around(render, before, after);
  return probed && Math.min(probed.start, ...probed.texts.map((text) => commonStart(text, whole)));
}

function endByPrefix({ render, before, whole }: Sought, turn: Dict): number | undefined {
  const text = attempt(render, [...before, turn], false);
  return text !== undefined && whole.startsWith(text) ? text.length : undefined;
}

function endByProbes({ render, before, after, whole }: Sought): number | undefined {
  const following = around(render, before, after)?.following;
  if (following === undefined || !whole.endsWith(following)) return undefined;
  // What closes a turn is read off the conversation that stops with it, or that asks for the next: some templates differ.
  const closings = [around(render, before, [])?.following];
  const asking = around(render, before, [], true)?.following;
  const asked = attempt(render, before, true);
  const unasked = attempt(render, before, false);
  if (asking !== undefined && asked !== undefined && unasked !== undefined && asked.startsWith(unasked)) {
    const prompt = asked.slice(unasked.length);
    if (prompt !== '' && asking.endsWith(prompt)) closings.push(asking.slice(0, -prompt.length));
  }
  const closing = closings
    .map((text) => text?.trimEnd())
    .find((text) => text !== undefined && following.startsWith(text));
  return closing === undefined ? undefined : whole.length - following.length + closing.length;
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

function commonEnd(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}
