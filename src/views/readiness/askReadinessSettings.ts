import { type ExtensionContext, window } from 'vscode';
import { checkReadinessOptions } from '../../comparison/readiness/readinessOptions.ts';
import { conditionLabel, defaultConditions } from '../../readiness/verdict/conditions.ts';
import { readinessPaths } from '../../record/readiness/readinessPaths.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import { readApiKey } from '../../run/readiness/endpoint/apiKey.ts';
import { sampleCount } from '../../settings/runSettings.ts';
import { type Answer, ask, type Choice, type Step } from '../ask/ask.ts';
import { calibrationFilters } from '../ask/askPaths.ts';
import { askText } from '../ask/askSettings.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import { askGrader, graderText } from './askGrader.ts';
import { destinationText, estimateText, optionsOf, type ReadinessPlan } from './readinessPlan.ts';
import { conditionsOf, conditionsTyped, fieldsOf, temperatureOf, wholeOf } from './typedAnswers.ts';

/* Sums up a readiness run before it starts; each of its settings can be changed. */

type Edit =
  | 'start'
  | 'grader'
  | 'samples'
  | 'temperature'
  | 'evalTemperature'
  | 'maxTokens'
  | 'draw'
  | 'asChat'
  | 'fields'
  | 'training'
  | 'heldOut'
  | 'conditions'
  | 'seed'
  | 'record';

function conditionsText({ conditions, temperature }: ReadinessPlan): string {
  if (conditions === 'usual' && temperature === 0) return 'none: greedy answers form no groups';
  const held = conditions === 'usual' ? defaultConditions : conditions;
  return held.length === 0 ? 'none' : held.map(conditionLabel).join(', ');
}

function linesText(files: readonly string[]): string {
  return files.length === 0 ? 'none' : files.join(', ');
}

function choices(plan: ReadinessPlan): Choice<Edit>[] {
  const { source, samples, temperature, evalTemperature, maxTokens, draw, asChat, promptField, answerField } = plan;
  const sampled = source.kind !== 'rollouts';
  const edit = (value: Edit, label: string, description: string, detail: string): Choice<Edit> => ({
    ...{ label, description, detail, value },
  });
  const destination = destinationText(plan);
  return [
    edit('start', '$(play) Start', estimateText(plan), destination ?? 'Nothing leaves this machine.'),
    edit('grader', 'Grader', graderText(plan.grader), 'What tells whether an answer is right'),
    ...(sampled
      ? [
          edit('samples', 'Answers', String(samples), 'To each prompt, n; Pass@k goes up to k = n'),
          edit(
            'temperature',
            'Temperature',
            String(temperature),
            'That of RL’s rollouts; conditions are held against it',
          ),
          edit(
            'evalTemperature',
            'Evaluation temperature',
            evalTemperature === undefined ? 'none' : String(evalTemperature),
            'Sampled at too; 0 is greedy',
          ),
          edit('maxTokens', 'Longest answer', `${maxTokens} tokens`, 'An answer that is longer is broken off'),
          edit(
            'draw',
            'Prompts',
            draw === 0 ? `all ${plan.promptCount}` : String(draw),
            'Drawn evenly where there are more',
          ),
          edit(
            'asChat',
            'Prompts as',
            asChat ? 'chat' : 'text',
            'Texts as they stand, or as a user’s message in the chat template',
          ),
          edit(
            'fields',
            'Fields',
            `${promptField || 'usual prompt'}, ${answerField || 'usual answer'}`,
            'Of prompt and right answer in the prompts file',
          ),
        ]
      : []),
    ...(source.kind === 'engine'
      ? [
          edit(
            'training',
            'Training lines',
            linesText(plan.training),
            'Teacher-forced as well: lines that SFT was trained on',
          ),
          edit(
            'heldOut',
            'Held-out lines',
            linesText(plan.heldOut),
            'Teacher-forced as well: lines that it was not trained on',
          ),
        ]
      : []),
    edit('conditions', 'Verdict', conditionsText(plan), 'Conditions that a checkpoint is to meet'),
    edit('seed', 'Seed', String(plan.seed), 'Of samples, drawn prompts and intervals'),
    edit('record', 'Record', plan.record, 'Where the readiness record goes; it opens when it is done'),
  ];
}

/** Throws a sentence when it cannot be run so. */
async function check(plan: ReadinessPlan): Promise<void> {
  const { source, prompts, record } = plan;
  const never = () => Promise.reject(new Error('not yet'));
  checkReadinessOptions(optionsOf(plan, configuredSettings(), never));
  if (source.kind === 'endpoint') readApiKey(undefined);
  const inputs = [...prompts, ...(source.kind === 'rollouts' ? [...source.files, ...(source.baseFiles ?? [])] : [])];
  await checkOutput({ what: 'readiness record', path: readinessPaths(record).json, kind: 'file' }, inputs, false);
}

/** Shows the plan until it is started. */
export async function askReadinessSettings(
  step: Step,
  context: ExtensionContext,
  initial: ReadinessPlan,
): Promise<Answer<ReadinessPlan> | undefined> {
  let plan = initial;
  for (;;) {
    const current = plan;
    const answer = await ask<Edit>({
      ...step,
      placeholder: 'Start, or change a setting',
      choices: choices(current),
      async accept(edit) {
        if (edit === 'start') await check(current);
        return edit;
      },
    });
    if (answer === undefined || answer === 'back') return answer;
    if (answer.value === 'start') return { value: plan };
    plan = { ...plan, ...(await change(context, plan, answer.value)) };
  }
}

async function change(
  { workspaceState }: ExtensionContext,
  plan: ReadinessPlan,
  edit: Exclude<Edit, 'start'>,
): Promise<Partial<ReadinessPlan> | undefined> {
  switch (edit) {
    case 'grader':
      return askGrader(workspaceState, plan.grader);
    case 'samples':
    case 'maxTokens':
    case 'seed': {
      const prompts = { samples: 'Answers to each prompt', maxTokens: 'Longest answer, tokens', seed: 'Seed' };
      const least = edit === 'seed' ? 0 : 1;
      return askText(prompts[edit], String(plan[edit]), (text) => ({ [edit]: wholeOf(text, least) }));
    }
    case 'temperature':
      return askText('Temperature of RL’s rollouts', String(plan.temperature), (text) => ({
        temperature: temperatureOf(text),
      }));
    case 'evalTemperature':
      return askText('Temperature of evaluation, or none', String(plan.evalTemperature ?? 'none'), (text) => ({
        evalTemperature: text === 'none' || text === '' ? undefined : temperatureOf(text),
      }));
    case 'draw':
      return askText('Prompts to draw, or all', plan.draw === 0 ? 'all' : String(plan.draw), (text) => ({
        draw: sampleCount(text),
      }));
    case 'asChat':
      return { asChat: !plan.asChat };
    case 'fields':
      return askText(
        'Fields of prompt and right answer, with a comma; empty: the usual names',
        `${plan.promptField}, ${plan.answerField}`,
        fieldsOf,
      );
    case 'training':
    case 'heldOut': {
      const opened = await window.showOpenDialog({
        title: edit === 'training' ? 'Lines that SFT was trained on' : 'Lines that SFT was not trained on',
        canSelectMany: true,
        filters: calibrationFilters,
      });
      return { [edit]: (opened ?? []).map(({ fsPath }) => fsPath) };
    }
    case 'conditions':
      return askText(
        'Conditions with commas, such as pass@16>=0.3, dead@8<=0.5; empty: none',
        conditionsTyped(plan.conditions === 'usual' ? defaultConditions : plan.conditions),
        (text) => ({ conditions: text === conditionsTyped(defaultConditions) ? 'usual' : conditionsOf(text) }),
      );
    case 'record':
      return askText('Where the readiness record goes', plan.record, (record) => {
        readinessPaths(record);
        return { record };
      });
  }
}
