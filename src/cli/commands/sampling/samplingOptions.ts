import { type Command, Option } from 'commander';
import type { PromptSource } from '../../../comparison/readiness/readinessOptions.ts';
import type { Prompt } from '../../../readiness/prompts/prompt.ts';
import { collected, countArgument, numberArgument, samplesArgument, wholeArgument } from '../options/options.ts';
import type { GraderOptions } from './graderOptions.ts';

/* Options that say what is sampled and how, which several commands share. */

export interface SamplingOptions extends GraderOptions {
  readonly prompts?: readonly string[];
  readonly draw: number;
  readonly promptsField: string;
  readonly answerField: string;
  readonly promptsAs: 'text' | 'chat';
  readonly samples: number;
  readonly temperature: number;
  readonly evalTemperature?: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly seed: number;
}

/** All but `--eval-temperature`, which each command takes for something else. */
export function withSamplingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--prompts <file>',
        'prompts with their answers, JSONL, JSON or Parquet; may be given again',
      ).argParser(collected),
    )
    .addOption(
      new Option('--draw <count>', 'prompts to draw evenly where there are more; all: every one')
        .argParser(samplesArgument)
        .default(0, 'all'),
    )
    .addOption(
      new Option('--prompts-field <name>', 'field of the prompt: a text or messages').default('', 'by the usual names'),
    )
    .addOption(
      new Option('--answer-field <path>', 'field of the right answer, with dots into objects').default(
        '',
        'reward_model.ground_truth, answer, label, solution …',
      ),
    )
    .addOption(
      new Option(
        '--prompts-as <form>',
        'prompts that are texts: as they stand, or as a user message of the chat template',
      )
        .choices(['text', 'chat'])
        .default('text'),
    )
    .addOption(new Option('--samples <count>', 'answers to each prompt, n').argParser(countArgument).default(16))
    .addOption(new Option('--temperature <number>', "that of RL's rollouts").argParser(numberArgument).default(1))
    .addOption(
      new Option('--top-p <share>', 'share of the probability that is drawn from').argParser(numberArgument).default(1),
    )
    .addOption(new Option('--max-tokens <count>', 'longest answer').argParser(countArgument).default(1024))
    .addOption(
      new Option('--seed <number>', 'of samples, drawn prompts and intervals').argParser(wholeArgument).default(0),
    );
}

/** The files of prompts; undefined where nothing is to be sampled. */
export function promptFilesFrom(
  options: SamplingOptions,
  answered?: (prompts: readonly Prompt[]) => readonly Prompt[],
): PromptSource | undefined {
  const { prompts: paths, draw, promptsField: promptField, answerField, promptsAs } = options;
  return paths && { kind: 'files', paths, draw, promptField, answerField, asChat: promptsAs === 'chat', answered };
}
