import { type ExtensionContext, window } from 'vscode';
import { checkReadinessOptions } from '../../comparison/readiness/readinessOptions.ts';
import { conditionLabel, defaultConditions } from '../../readiness/verdict/conditions.ts';
import { readinessPaths } from '../../record/readiness/readinessPaths.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import { readApiKey } from '../../run/readiness/endpoint/apiKey.ts';
import { type Answer, ask, type Choice, type Step } from '../ask/ask.ts';
import { calibrationFilters } from '../ask/askPaths.ts';
import { askText } from '../ask/askSettings.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import { changeSampling, isSamplingEdit, type SamplingEdit, samplingChoices } from './askSampling.ts';
import { destinationText, estimateText, optionsOf, type ReadinessPlan } from './readinessPlan.ts';
import { conditionsOf, conditionsTyped } from './typedAnswers.ts';

/* Sums up a readiness run before it starts; each of its settings can be changed. */

type Edit = SamplingEdit | 'start' | 'training' | 'heldOut' | 'conditions' | 'record';

function conditionsText({ conditions, temperature }: ReadinessPlan): string {
  if (conditions === 'usual' && temperature === 0) return 'none: greedy answers form no groups';
  const held = conditions === 'usual' ? defaultConditions : conditions;
  return held.length === 0 ? 'none' : held.map(conditionLabel).join(', ');
}

function linesText(files: readonly string[]): string {
  return files.length === 0 ? 'none' : files.join(', ');
}

/** What is asked of answers that are sampled, not read. */
const ofAnswers: readonly SamplingEdit[] = [
  ...(['samples', 'temperature', 'evalTemperature', 'maxTokens', 'draw', 'asChat', 'fields'] as const),
];

function choices(plan: ReadinessPlan): Choice<Edit>[] {
  const { source } = plan;
  const edit = (value: Edit, label: string, description: string, detail: string): Choice<Edit> => ({
    ...{ label, description, detail, value },
  });
  const destination = destinationText(plan);
  return [
    edit('start', '$(play) Start', estimateText(plan), destination ?? 'Nothing leaves this machine.'),
    ...samplingChoices(plan, ['grader']),
    ...(source.kind === 'rollouts' ? [] : samplingChoices(plan, ofAnswers)),
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
    edit(
      'conditions',
      'Verdict',
      conditionsText(plan),
      'Conditions that a checkpoint is to meet, at the temperature of RL’s rollouts',
    ),
    ...samplingChoices(plan, ['seed']),
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
  if (isSamplingEdit(edit)) return changeSampling(workspaceState, plan, edit);
  switch (edit) {
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
