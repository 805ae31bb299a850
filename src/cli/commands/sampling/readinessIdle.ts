import { type Dependence, overwriteNeeds } from '../options/idleOptions.ts';

/* Which options of `rejuvenate readiness` do something only beside others. */

/** What was given of that on which others depend. */
export interface ReadinessGiven {
  readonly prompts?: readonly string[] | undefined;
  readonly endpoint?: string | undefined;
  readonly rollouts?: readonly string[] | undefined;
  readonly calibration?: readonly string[] | undefined;
  readonly heldOut?: readonly string[] | undefined;
  readonly grader?: string | undefined;
  readonly verdict: boolean;
  readonly out?: string | undefined;
}

const server = ['apiKeyVariable', 'concurrency', 'answersPerRequest', 'requestTimeout'];
const files = ['promptColumn', 'responseColumn', 'rewardColumn', 'answerColumn', 'rolloutStep'];
const prompts = ['draw', 'promptsField', 'answerField', 'promptsAs'];
const answers = [
  ...['samples', 'temperature', 'evalTemperature', 'topP', 'maxTokens', 'stop', 'groupSizes'],
  ...['grader', 'graderPattern', 'graderField', 'graderCommand', 'graderTimeout', 'correctAbove'],
];
const lines = ['lines', 'maxLength', 'format', 'promptField', 'responseField', 'pairsAs', 'turns'];
const engine = ['device', 'memory', 'processes', 'threads', 'weights', 'precision', 'stage', 'shard', 'partials'];
const rendering = ['chatTemplate', 'templateArg', 'specialTokens'];

/** For {@link refuseIdle}. */
export function readinessDependences(given: ReadinessGiven): readonly Dependence[] {
  const prompted = given.prompts !== undefined;
  const served = given.endpoint !== undefined;
  const filed = given.rollouts !== undefined;
  const here = !served && !filed;
  return [
    { used: served, names: server, why: 'is for a server: give --endpoint too' },
    { used: filed, names: files, why: 'is for files of rollouts: give --rollouts too' },
    { used: prompted, names: prompts, why: 'is for files of prompts: give --prompts too' },
    { used: prompted || filed, names: answers, why: 'is for answers to prompts: give --prompts or --rollouts too' },
    {
      used: given.calibration !== undefined || given.heldOut !== undefined,
      names: lines,
      why: 'is for lines to teacher-force on: give --calibration or --held-out too',
    },
    {
      used: here,
      names: [...engine, ...rendering],
      why: `is for checkpoints that are run here, not for ${served ? '--endpoint' : '--rollouts'}: give their folders`,
    },
    {
      used: given.grader === 'command',
      names: ['graderTimeout'],
      why: 'belongs to --grader command: give both',
    },
    { used: given.verdict, names: ['min', 'max'], why: 'is a condition of the verdict: leave --no-verdict out' },
    overwriteNeeds('--out', given.out !== undefined),
  ];
}

/** Names of options that depend on others, for a test that none is forgotten. */
export const dependentNames = [...server, ...files, ...prompts, ...answers, ...lines, ...engine, ...rendering];
