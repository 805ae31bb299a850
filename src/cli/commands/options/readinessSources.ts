import { type Command, Option } from 'commander';
import { filedRollouts } from '../../../comparison/readiness/filedRollouts.ts';
import type { PromptSource } from '../../../comparison/readiness/readinessOptions.ts';
import { InputError } from '../../../errors.ts';
import type { Prompt } from '../../../readiness/prompts/prompt.ts';
import { EndpointSource, endpointDefaults } from '../../../run/readiness/endpoint/endpointSource.ts';
import type { OpenRolloutSource } from '../../../run/readiness/rolloutSource.ts';
import type { CommandContext } from '../command.ts';
import { collected, countArgument, wholeArgument } from './options.ts';

/* Options of `rejuvenate readiness` for answers that are not sampled here: by a server, or in files. */

export interface SourceOptions {
  readonly endpoint?: string;
  readonly model?: readonly string[];
  readonly apiKeyVariable?: string;
  readonly concurrency: number;
  readonly answersPerRequest: number;
  readonly requestTimeout: number;
  readonly rollouts?: readonly string[];
  readonly baseRollouts?: readonly string[];
  readonly promptColumn?: string;
  readonly responseColumn?: string;
  readonly rewardColumn?: string;
  readonly answerColumn?: string;
  readonly rolloutStep?: number;
}

export function withSourceOptions(command: Command): Command {
  const { concurrency, answersPerRequest, timeoutSeconds } = endpointDefaults;
  return command
    .option('--endpoint <url>', 'sample by a server of the OpenAI-compatible API (vLLM, SGLang); see docs/rollouts.md')
    .addOption(
      new Option(
        '--model <name>',
        'a model that the server serves, in place of a checkpoint; may be given again (--base names one too)',
      ).argParser(collected),
    )
    .option(
      '--api-key-variable <name>',
      'environment variable with the API key (default: OPENAI_API_KEY, if it is set)',
    )
    .addOption(new Option('--concurrency <count>', 'requests at once').argParser(countArgument).default(concurrency))
    .addOption(
      new Option('--answers-per-request <count>', 'answers that one request asks for at most')
        .argParser(countArgument)
        .default(answersPerRequest),
    )
    .addOption(
      new Option('--request-timeout <seconds>', 'longest wait for one reply')
        .argParser(countArgument)
        .default(timeoutSeconds),
    )
    .addOption(
      new Option(
        '--rollouts <file>',
        'answers that were sampled before, as verl, TRL or slime save them, or JSONL or Parquet; may be given again',
      ).argParser(collected),
    )
    .addOption(new Option('--base-rollouts <file>', 'likewise, answers of the base').argParser(collected))
    .option('--prompt-column <name>', 'column of the prompts in files of rollouts')
    .option('--response-column <name>', 'of the answers')
    .option('--reward-column <path>', 'of the rewards, with dots into objects')
    .option('--answer-column <path>', 'of the right answers')
    .option('--rollout-step <number>', 'only rows of this step of the training', wholeArgument);
}

/** Answers from elsewhere, as a readiness run takes them. */
export interface Elsewhere {
  readonly checkpoints: readonly string[];
  readonly base: string | undefined;
  readonly open: OpenRolloutSource;
  /** Of files that bring their own; undefined: those of --prompts. */
  readonly prompts: PromptSource | undefined;
  /** Of the prompts of --prompts those that have answers; undefined: all. */
  readonly answered: ((prompts: readonly Prompt[]) => readonly Prompt[]) | undefined;
  /** How many answers files have; undefined: as many as are asked for. */
  readonly samples: number | undefined;
}

interface Named {
  readonly checkpoints: readonly string[];
  readonly base: string | undefined;
  /** Prompts of a file are given. */
  readonly prompted: boolean;
}

/**
 * Where answers come from, when not from checkpoints here. Files of rollouts are read.
 *
 * @throws InputError when options do not go together, or a file cannot be read; Interrupted
 */
export async function elsewhereFrom(
  options: SourceOptions,
  named: Named,
  context: CommandContext,
): Promise<Elsewhere | undefined> {
  const { endpoint, model, rollouts, baseRollouts } = options;
  if (endpoint !== undefined && rollouts !== undefined) {
    throw new InputError('--endpoint samples answers, and --rollouts has them: give one of them.');
  }
  if (endpoint === undefined && model !== undefined)
    throw new InputError('--model names a model of a server: give --endpoint too.');
  if (rollouts === undefined && baseRollouts !== undefined)
    throw new InputError('--base-rollouts goes with --rollouts: give both.');
  if (endpoint !== undefined) return atEndpoint(endpoint, options, named, context);
  return rollouts === undefined ? undefined : inFiles(rollouts, options, named, context);
}

function atEndpoint(
  endpoint: string,
  { model = [], apiKeyVariable: keyVariable, concurrency, answersPerRequest, requestTimeout }: SourceOptions,
  { checkpoints, base, prompted }: Named,
  { onEvent }: CommandContext,
): Elsewhere {
  if (checkpoints.length > 0) {
    throw new InputError(
      `With --endpoint the server has the models: name them with --model in place of "${checkpoints[0]}".`,
    );
  }
  if (model.length === 0) throw new InputError('Which model of the endpoint is to be sampled? Name it with --model.');
  if (!prompted) throw new InputError('A server needs something to answer: give --prompts.');
  const requests = { endpoint, keyVariable, concurrency, answersPerRequest, timeoutSeconds: requestTimeout };
  const onNote = (text: string) => onEvent({ type: 'note', text });
  return {
    ...{ checkpoints: model, base, prompts: undefined, answered: undefined, samples: undefined },
    open: ({ name }, signal) => EndpointSource.open({ ...requests, model: name }, onNote, signal),
  };
}

async function inFiles(
  files: readonly string[],
  options: SourceOptions,
  { checkpoints, base, prompted }: Named,
  context: CommandContext,
): Promise<Elsewhere> {
  const { baseRollouts, promptColumn: prompt, responseColumn: response } = options;
  const { rewardColumn: reward, answerColumn: answer, rolloutStep: step } = options;
  if (checkpoints.length > 1) throw new InputError('With --rollouts one checkpoint is measured: name it, or none.');
  if (base !== undefined && baseRollouts === undefined) {
    throw new InputError('The answers of the base are in files too: give them with --base-rollouts.');
  }
  const columns = { prompt, response, reward, answer };
  const [name] = checkpoints;
  return filedRollouts({ files, baseFiles: baseRollouts, name, baseName: base, columns, step, prompted }, context);
}
