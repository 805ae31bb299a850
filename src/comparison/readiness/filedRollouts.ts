import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { mostSamples } from '../../record/readiness/readinessRecord.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { RolloutFileSource } from '../../run/readiness/rolloutFileSource.ts';
import type { OpenRolloutSource } from '../../run/readiness/rolloutSource.ts';
import { answeredPrompts, sharedPrompts } from '../../run/readiness/sharedPrompts.ts';
import type { PromptSource } from './readinessOptions.ts';

/* Answers out of files of rollouts as a readiness run takes them: of one checkpoint, and of the base where there are any. */

/** Columns by name; undefined: by the usual ones. */
export interface RolloutColumnNames {
  readonly prompt?: string | undefined;
  readonly response?: string | undefined;
  readonly reward?: string | undefined;
  readonly answer?: string | undefined;
}

export interface RolloutFiles {
  /** Files, or patterns; all of them are one checkpoint's answers. */
  readonly files: readonly string[];
  /** Likewise of the base. */
  readonly baseFiles: readonly string[] | undefined;
  /** What the checkpoint and the base are called; by their first files when left out. */
  readonly name?: string | undefined;
  readonly baseName?: string | undefined;
  readonly columns?: RolloutColumnNames;
  /** Only rows of this step of the training. */
  readonly step?: number | undefined;
  /** The prompts are those of another file. */
  readonly prompted: boolean;
}

export interface FiledRollouts {
  readonly checkpoints: readonly [string];
  readonly base: string | undefined;
  readonly open: OpenRolloutSource;
  /** Those that the files bring; undefined where there are others. */
  readonly prompts: PromptSource | undefined;
  /** Of the prompts of another file those that have answers; undefined where the prompts are the files' own. */
  readonly answered: ((prompts: readonly Prompt[]) => readonly Prompt[]) | undefined;
  /** The most answers that a prompt has. */
  readonly samples: number;
}

/** Reads the files. @throws InputError when one cannot be read, or they share no prompt; Interrupted */
export async function filedRollouts(
  { files, baseFiles, name, baseName, columns = {}, step, prompted }: RolloutFiles,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<FiledRollouts> {
  const onNote = (text: string) => onEvent({ type: 'note', text });
  const { prompt, response, reward, answer } = columns;
  const reading = { columns: { prompt, response, reward, answer }, signal };
  const source = await RolloutFileSource.open(files, { ...reading, step }, onNote);
  const ofBase = baseFiles && (await RolloutFileSource.open(baseFiles, reading, onNote));
  const [first, firstOfBase] = [name ?? files[0]!, ofBase && (baseName ?? baseFiles[0]!)];
  const prompts = prompted ? undefined : sharedPrompts(source.table, ofBase?.table, onNote);
  const counts = [source, ...(ofBase ? [ofBase] : [])].flatMap(({ table }) =>
    table.rollouts.map((each) => each.rollouts.length),
  );
  return {
    checkpoints: [first],
    base: firstOfBase,
    open: async (checkpoint) => (ofBase !== undefined && checkpoint.name === firstOfBase ? ofBase : source),
    prompts: prompts && {
      ...{ kind: 'given', prompts, files: [...source.paths, ...(ofBase?.paths ?? [])] },
      reading: `${prompts.length} prompts, those of the rollouts.`,
    },
    answered: prompted
      ? (asked) => answeredPrompts([source.table, ...(ofBase ? [ofBase.table] : [])], asked, onNote)
      : undefined,
    samples: Math.min(
      counts.reduce((most, count) => Math.max(most, count), 1),
      mostSamples,
    ),
  };
}
