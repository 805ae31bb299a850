import type { WordOption } from '../../cluster/phases/attributeWords.ts';
import type { GraderChoice } from '../../readiness/graders/namedGrader.ts';
import { type Condition, measureLabel } from '../../readiness/verdict/conditions.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { engineOptions, lineOptions, renderingOptions } from '../slurm/slurmWords.ts';
import type { SamplingSettings } from './askSampling.ts';
import { groupSizes, type ReadinessPlan } from './readinessPlan.ts';

/* What *Measure Readiness…* is about to do, as options of `rejuvenate readiness`. Knows no VS Code. */

function graderOptions(grader: GraderChoice | undefined): readonly WordOption[] {
  if (grader === undefined) return [];
  const name = ['grader', grader.name] as const;
  switch (grader.name) {
    case 'regex':
      return [name, ['grader-pattern', grader.pattern]];
    case 'json-field':
      return [name, ['grader-field', grader.path]];
    case 'command':
      return [
        name,
        ['grader-command', JSON.stringify([grader.program, ...grader.args])],
        ['grader-timeout', String(grader.seconds)],
      ];
    default:
      return [name];
  }
}

/** Of the answers to prompts but their seed; none without prompts. */
export function answerOptions(plan: SamplingSettings & Pick<ReadinessPlan, 'prompts'>): readonly WordOption[] {
  const { prompts, draw, promptField, answerField, asChat, samples, temperature, evalTemperature, maxTokens } = plan;
  if (prompts.length === 0) return [];
  return [
    ...prompts.map((path) => ['prompts', path] as const),
    ['draw', draw === 0 ? 'all' : String(draw)],
    ...(promptField === '' ? [] : [['prompts-field', promptField] as const]),
    ...(answerField === '' ? [] : [['answer-field', answerField] as const]),
    ['prompts-as', asChat ? 'chat' : 'text'],
    ['samples', String(samples)],
    ['temperature', String(temperature)],
    ...(evalTemperature === undefined ? [] : [['eval-temperature', String(evalTemperature)] as const]),
    ['max-tokens', String(maxTokens)],
    ...graderOptions(plan.grader),
  ];
}

function conditionOptions(conditions: 'usual' | readonly Condition[]): readonly WordOption[] {
  if (conditions === 'usual') return [];
  if (conditions.length === 0) return [['no-verdict']];
  return conditions.map((each) => [each.bound, `${measureLabel(each)}=${each.value}`] as const);
}

/** Of a plan whose checkpoints the engine runs: its checkpoints are the command's operands. */
export function readinessOptions(plan: ReadinessPlan, settings: RunSettings): readonly WordOption[] {
  const { base, training, heldOut, seed, conditions, record } = plan;
  const lines = [
    ...training.map((path) => ['calibration', path] as const),
    ...heldOut.map((path) => ['held-out', path] as const),
  ];
  return [
    ...(base === undefined ? [] : [['base', base] as const]),
    ...answerOptions(plan),
    ...(plan.prompts.length === 0 ? [] : [['group-sizes', groupSizes.join(',')] as const]),
    ...lines,
    ...(lines.length === 0 ? [] : lineOptions(settings)),
    ['seed', String(seed)],
    ...renderingOptions(settings),
    ...engineOptions(settings),
    ...conditionOptions(conditions),
    ['out', record],
  ];
}
