import { InputError } from '../../errors.ts';
import { shownCount } from '../../files/reading/shown.ts';
import type { Prompt, PromptInput } from '../prompts/prompt.ts';
import type { PromptRollouts, Rollout } from '../rollout.ts';
import { promptKey, type RolloutTable, shownPrompt } from './rolloutTable.ts';

/*
 * Finds the prompts of a file among those that rollouts were sampled for. Frameworks save a prompt as they had it: as the
 * messages, or as the text that a chat template made of them. So a prompt is looked for as a whole first, then by its last
 * message, then by that as a part of a rendered text.
 */

/** Beyond, only whole prompts are compared: it would take minutes. */
const mostSearches = 20_000_000;

/** What a prompt is known by: the text, or the last message. */
const askedIn = (input: PromptInput) =>
  (input.kind === 'text' ? input.text : (input.messages.at(-1)?.content ?? '')).trim();

/** What templates put before a message and after it: a line's end, a special token, a name with a colon. */
const before = /(?:^|[\n>\]|]|[>\]|:] )$/;
const after = /^(?:$|[\n<[|]| [<[|\n])/;

/** Whether a chat template may have put the asked text there as a message of its own. */
function holdsAsked(rendered: string, asked: string): boolean {
  if (asked === '') return false;
  for (let at = rendered.indexOf(asked); at >= 0; at = rendered.indexOf(asked, at + 1)) {
    const end = at + asked.length;
    if (before.test(rendered.slice(Math.max(at - 2, 0), at)) && after.test(rendered.slice(end, end + 2))) return true;
  }
  return false;
}

/** Rollouts for prompts of a file. */
export interface MatchedRollouts {
  /** One for each prompt of the file that has any, by the prompt's index. */
  readonly rollouts: readonly PromptRollouts[];
  readonly notes: readonly string[];
}

function placesBy(prompts: readonly Prompt[], key: (input: PromptInput) => string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, { input }] of prompts.entries()) {
    const own = places.get(key(input));
    if (own === undefined) places.set(key(input), [at]);
    else own.push(at);
  }
  return places;
}

/**
 * @param prompts those of the file that the user gave
 * @throws InputError when no prompt of the file has rollouts
 */
export function matchPrompts(
  { prompts: sampled, rollouts }: RolloutTable,
  prompts: readonly Prompt[],
): MatchedRollouts {
  const whole = placesBy(prompts, promptKey);
  const byAsked = placesBy(prompts, askedIn);
  // The longest first: a short prompt may be a part of a longer one.
  const longest = [...byAsked.keys()].sort((one, other) => other.length - one.length);
  const searches = longest.length * sampled.length <= mostSearches;
  const found = new Map<number, Rollout[]>();
  let unknown: Prompt | undefined;
  let unknownCount = 0;
  let parts = 0;
  for (const [index, prompt] of sampled.entries()) {
    const asked = askedIn(prompt.input);
    let places = whole.get(promptKey(prompt.input)) ?? byAsked.get(asked);
    if (places === undefined && searches) {
      const part = longest.find((each) => holdsAsked(asked, each));
      if (part !== undefined) {
        places = byAsked.get(part);
        parts++;
      }
    }
    if (places === undefined) {
      unknown ??= prompt;
      unknownCount++;
      continue;
    }
    for (const at of places) found.set(at, (found.get(at) ?? []).concat(rollouts[index]!.rollouts));
  }
  if (found.size === 0) {
    throw new InputError(
      `None of the ${shownCount(sampled.length, 'prompt')} in the rollouts is among those of the prompts file; the first is ${shownPrompt(sampled[0]!.input)}. Give the file that they were sampled for, or leave --prompts out.`,
    );
  }
  const notes: string[] = [];
  if (parts > 0) notes.push(`${shownCount(parts, 'prompt')} of the rollouts found as part of a rendered text.`);
  if (unknown !== undefined) {
    notes.push(
      `${shownCount(unknownCount, 'prompt')} of the rollouts not among the prompts file's, and left out; the first is ${shownPrompt(unknown.input)}.`,
    );
  }
  const missing = prompts.length - found.size;
  if (missing > 0) notes.push(`${shownCount(missing, 'prompt')} of the file without rollouts.`);
  const matched = [...found].sort(([one], [other]) => one - other);
  return { rollouts: matched.map(([at, own]) => ({ prompt: prompts[at]!.index, rollouts: own })), notes };
}
