import { shown } from '../../files/reading/shown.ts';
import type { Dict } from '../chat/jinja/values/values.ts';
import { fieldOf, holds } from './fields.ts';

/* Knows rows that hold prompts and no responses: those that reinforcement learning samples from. */

/** What tells whose rows they are: the first of these fields that a row has. */
const marks: readonly (readonly [field: string, whose: string])[] = [
  ['reward_model', "verl's"],
  ['extra_info', "verl's"],
  ['data_source', "verl's"],
  ['ground_truth', "verl's"],
  ['label', "slime's"],
  ['answer', "TRL's for GRPO"],
  ['solution', "TRL's for GRPO"],
];

/** Where verl's own data sets keep the text that they were made from. */
const within = ['extra_info.question', 'extra_info.answer'] as const;

/** What is to be said of a row with a prompt and no response: a clause. */
export function promptsOnly(row: Dict): string {
  const mark = marks.find(([field]) => holds(row, field));
  const [question, answer] = within.map((name) => fieldOf(row, name));
  const whose = mark === undefined ? '' : ` (${mark[1]}, by ${shown(mark[0])})`;
  const found = typeof question === 'string' && typeof answer === 'string';
  const wayOut = found
    ? `the texts it was made from can be read with --prompt-field ${within[0]} --response-field ${within[1]}`
    : 'sample responses to the prompts first, or name the field that holds them with --response-field';
  return `it has a "prompt" and no response${whose}: such rows serve RL and sampling, not calibration; ${wayOut}`;
}
