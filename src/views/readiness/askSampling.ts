import type { Memento } from 'vscode';
import { sampleCount } from '../../settings/runSettings.ts';
import type { Choice } from '../ask/ask.ts';
import { askText } from '../ask/askSettings.ts';
import { askGrader, graderText } from './askGrader.ts';
import type { ReadinessPlan } from './readinessPlan.ts';
import { evalTemperatureOf, fieldsOf, temperatureOf, wholeOf } from './typedAnswers.ts';

/* The settings of sampled answers, as rows of a summary, and the box in which each is changed. */

/** How answers are sampled and graded. */
export type SamplingSettings = Pick<
  ReadinessPlan,
  | 'grader'
  | 'samples'
  | 'temperature'
  | 'evalTemperature'
  | 'maxTokens'
  | 'draw'
  | 'promptCount'
  | 'promptField'
  | 'answerField'
  | 'asChat'
  | 'seed'
>;

const edits = [
  ...(['grader', 'samples', 'temperature', 'evalTemperature', 'maxTokens', 'draw', 'asChat', 'fields'] as const),
  'seed',
] as const;
export type SamplingEdit = (typeof edits)[number];

/** Whether a row is one of those here. */
export function isSamplingEdit(edit: string): edit is SamplingEdit {
  return edits.some((each) => each === edit);
}

function describe(settings: SamplingSettings): Readonly<Record<SamplingEdit, readonly [string, string, string]>> {
  const { samples, temperature, evalTemperature, maxTokens, draw, asChat, promptField, answerField } = settings;
  return {
    grader: ['Grader', graderText(settings.grader), 'What tells whether an answer is right'],
    samples: ['Answers', String(samples), 'To each prompt, n; Pass@k goes up to k = n'],
    temperature: ['Temperature', String(temperature), 'That of RL’s rollouts'],
    evalTemperature: [
      'Evaluation temperature',
      evalTemperature === undefined ? 'none' : String(evalTemperature),
      'Sampled at too; 0 is greedy',
    ],
    maxTokens: ['Longest answer', `${maxTokens} tokens`, 'An answer that is longer is broken off'],
    draw: ['Prompts', draw === 0 ? `all ${settings.promptCount}` : String(draw), 'Drawn evenly where there are more'],
    asChat: [
      'Prompts as',
      asChat ? 'chat' : 'text',
      'Texts as they stand, or as a user’s message in the chat template',
    ],
    fields: [
      'Fields',
      `${promptField || 'usual prompt'}, ${answerField || 'usual answer'}`,
      'Of prompt and right answer in the prompts file',
    ],
    seed: ['Seed', String(settings.seed), 'Of samples, drawn prompts and intervals'],
  };
}

/** Rows of a summary, in this order. */
export function samplingChoices(
  settings: SamplingSettings,
  which: readonly SamplingEdit[] = edits,
): Choice<SamplingEdit>[] {
  const rows = describe(settings);
  return which.map((value) => {
    const [label, description, detail] = rows[value];
    return { label, description, detail, value };
  });
}

/**
 * Asks for another value.
 *
 * @param memento of the workspace
 * @param evaluates there must be a temperature of evaluation
 * @returns what changes; undefined when the user gave up
 */
export async function changeSampling(
  memento: Memento,
  settings: SamplingSettings,
  edit: SamplingEdit,
  { evaluates = false } = {},
): Promise<Partial<SamplingSettings> | undefined> {
  switch (edit) {
    case 'grader':
      return askGrader(memento, settings.grader);
    case 'samples':
    case 'maxTokens':
    case 'seed': {
      const prompts = { samples: 'Answers to each prompt', maxTokens: 'Longest answer, tokens', seed: 'Seed' };
      const least = edit === 'seed' ? 0 : 1;
      return askText(prompts[edit], String(settings[edit]), (text) => ({ [edit]: wholeOf(text, least) }));
    }
    case 'temperature':
      return askText('Temperature of RL’s rollouts', String(settings.temperature), (text) => ({
        temperature: temperatureOf(text),
      }));
    case 'evalTemperature':
      return askText(
        `Temperature of evaluation${evaluates ? '' : ', or none'}`,
        String(settings.evalTemperature ?? 'none'),
        (text) => ({ evalTemperature: evalTemperatureOf(text, evaluates) }),
      );
    case 'draw':
      return askText('Prompts to draw, or all', settings.draw === 0 ? 'all' : String(settings.draw), (text) => ({
        draw: sampleCount(text),
      }));
    case 'asChat':
      return { asChat: !settings.asChat };
    case 'fields':
      return askText(
        'Fields of prompt and right answer, with a comma; empty: the usual names',
        `${settings.promptField}, ${settings.answerField}`,
        fieldsOf,
      );
  }
}
