import { type Dict, isDict, type Value } from '../../calibration/chat/jinja/values/values.ts';
import { fieldOf, fieldsOf, holds } from '../../calibration/shapes/fields.ts';
import { InputError } from '../../errors.ts';
import { quotedPath, shown } from '../../files/reading/shown.ts';

/* Tells which columns of a file of rollouts hold prompts, responses and rewards: by who wrote it, else by usual names. */

/** What a user says about columns; each is detected when left out. A name with dots leads into objects. */
export interface ChosenColumns {
  readonly prompt?: string | undefined;
  readonly response?: string | undefined;
  readonly reward?: string | undefined;
  readonly answer?: string | undefined;
}

/** Where a file has what; `null`: it has none. */
export interface RolloutColumns {
  /** Who wrote it, as far as its columns tell. */
  readonly writer: 'verl' | 'slime' | 'TRL' | null;
  readonly prompt: string;
  readonly response: string;
  readonly reward: string | null;
  readonly answer: string | null;
  /** Step of the training that the rows were sampled at. */
  readonly step: string | null;
  /** Why an answer ended. */
  readonly ending: string | null;
  /** Sampled tokens of an answer. */
  readonly tokens: string | null;
}

const usual = {
  prompt: ['prompt', 'input', 'question', 'problem', 'query', 'instruction', 'messages'],
  response: [
    ...['response', 'completion', 'output', 'generation', 'prediction'],
    ...['responses', 'completions', 'outputs', 'generations', 'predictions', 'samples'],
  ],
  reward: [
    ...['reward', 'score', 'correct', 'is_correct', 'acc', 'accuracy', 'passed'],
    ...['rewards', 'scores', 'accuracies'],
  ],
  answer: ['answer', 'label', 'gts', 'ground_truth', 'reward_model.ground_truth', 'gold', 'target', 'reference'],
  step: ['step', 'global_step', 'global_steps'],
  ending: ['finish_reason', 'status'],
  tokens: ['response_length', 'completion_tokens'],
} as const;

const hasAll = (row: Dict, names: readonly string[]) => names.every((name) => row.has(name));

function writerOf(row: Dict): RolloutColumns['writer'] {
  // verl's rollout_data_dir and validation_data_dir, TRL's log_completions, and the samples of slime as they are saved.
  if (hasAll(row, ['input', 'output', 'score', 'step'])) return 'verl';
  if (hasAll(row, ['prompt', 'completion', 'step', 'advantage'])) return 'TRL';
  if (hasAll(row, ['prompt', 'response', 'reward', 'status', 'group_index'])) return 'slime';
  return null;
}

const isScore = (value: Value | undefined) =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';

/** TRL logs each reward function under its own name, between the completion and the advantage. */
function trlRewards(rows: readonly Dict[]): string[] {
  const names = [...rows[0]!.keys()];
  return names
    .slice(names.indexOf('completion') + 1, names.indexOf('advantage'))
    .filter((name) => rows.some((row) => isScore(row.get(name))));
}

const listed = (names: readonly string[]) => names.map((name) => shown(name)).join(', ');

function trlReward(rows: readonly Dict[], path: string): string | null {
  const names = trlRewards(rows);
  if (names.length < 2) return names[0] ?? null;
  const telling = names.filter((name) => /accura|correct/i.test(name));
  if (telling.length === 1) return telling[0]!;
  throw new InputError(
    `${quotedPath(path)} has rewards of several functions: ${listed(names)}. Say which one tells right answers (--reward-column).`,
  );
}

/**
 * Detects the columns by the first rows of a file; what the user chose is taken as it is.
 *
 * @param rows at least one
 * @throws InputError naming the columns that there are, when prompts or responses are in none that is known, a chosen one
 *   is missing, or there are several rewards
 */
export function detectColumns(rows: readonly Dict[], chosen: ChosenColumns, path: string): RolloutColumns {
  const first = rows[0]!;
  const there = (name: string) => rows.some((row) => holds(row, name));
  const writer = writerOf(first);
  const known = (what: 'prompt' | 'response' | 'reward' | 'answer', detect: () => string | null) => {
    const name = chosen[what];
    if (name === undefined) return detect();
    if (there(name)) return name;
    throw new InputError(
      `${quotedPath(path)} has no column ${shown(name)} (--${what}-column) in its first rows; it has ${fieldsOf(first)}.`,
    );
  };
  const needed = (what: 'prompt' | 'response') => {
    const name = known(what, () => usual[what].find(there) ?? null);
    if (name !== null) return name;
    throw new InputError(
      `${quotedPath(path)} has no column that is known to hold ${what}s; it has ${fieldsOf(first) || 'none'}. Name it (--${what}-column).`,
    );
  };
  const optional = (what: 'step' | 'ending' | 'tokens') => usual[what].find(there) ?? null;
  const reward = known('reward', () => {
    if (writer === 'TRL') return trlReward(rows, path);
    const name = (writer === 'verl' ? ['score'] : usual.reward).find(there);
    const value =
      name === undefined ? undefined : rows.map((row) => fieldOf(row, name)).find((each) => isScoreBearer(each));
    if (value !== undefined && isDict(value)) {
      throw new InputError(
        `${quotedPath(path)} has rewards of several kinds in ${shown(name)}: ${fieldsOf(value)}. Say which one tells right answers, as --reward-column ${name}.NAME.`,
      );
    }
    return name ?? null;
  });
  const prompt = needed('prompt');
  const response = needed('response');
  if (prompt === response) {
    throw new InputError(`${quotedPath(path)}: prompts and responses cannot both be in the column ${shown(prompt)}.`);
  }
  const answer = known('answer', () => usual.answer.find((name) => name !== response && there(name)) ?? null);
  return {
    ...{ writer, prompt, response, reward, answer },
    ...{ step: optional('step'), ending: optional('ending'), tokens: optional('tokens') },
  };
}

const isScoreBearer = (value: Value | undefined) => value !== undefined && value !== null;

/** `verl's: prompt in "input", response in "output", reward in "score"`, for notes. */
export function describeColumns({ writer, prompt, response, reward, answer }: RolloutColumns): string {
  const parts = [
    `prompt in ${shown(prompt)}`,
    `response in ${shown(response)}`,
    reward === null ? 'no reward' : `reward in ${shown(reward)}`,
    ...(answer === null ? [] : [`right answer in ${shown(answer)}`]),
  ];
  return `${writer === null ? '' : `written by ${writer}; `}${parts.join(', ')}`;
}
