import { join, resolve } from 'node:path';
import { attributionPhases } from '../../../cluster/phases/attributionPhases.ts';
import { engineWords, pinnedEngine } from '../../../cluster/phases/pinnedEngine.ts';
import { type ClusterPhase, holdsRun } from '../../../cluster/run/clusterRun.ts';
import { fileNow } from '../../../cluster/run/proofs.ts';
import { usualShards } from '../../../cluster/slurm/slurmSettings.ts';
import { recordPaths } from '../../../record/run/recordPaths.ts';
import type { AttributionOptions } from '../../../run/attributionRun.ts';
import { checkAttribution } from '../../../run/checkAttribution.ts';
import type { CommandContext } from '../command.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import type { SlurmOptions } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends `attribute` and `run` to a Slurm cluster. */

export interface ClusterAttribution {
  readonly command: 'run' | 'attribute';
  /** What the command itself would do. */
  readonly work: AttributionOptions;
  /** The command's own options. */
  readonly own: WrittenOptions;
  readonly options: SlurmOptions & { readonly json?: true };
  /** Phases after the record is there. */
  readonly next: readonly ClusterPhase[];
}

/** What is settled anew for the tasks, or does not concern them. */
const replaced = new Set(['record', 'scores', 'out', 'dtype', 'json', 'overwrite', 'memory', 'device', 'threads']);

/**
 * Submits the phases of an attribution, and what follows it.
 *
 * @returns whether it waited for the run, which is done now
 * @throws InputError for what the command itself would refuse, before anything is submitted
 */
export async function attributeOnSlurm(
  { command, work, own, options, next }: ClusterAttribution,
  context: CommandContext,
): Promise<boolean> {
  const { settings, outputs, overwrite } = work;
  const shards = options.shards ?? usualShards;
  const engine = pinnedEngine(settings, options);
  const record = resolve(outputs.record);
  const folder = runFolderOf(options, recordPaths(record).json.replace(/\.json$/, ''));
  // The same command again goes on with its run, whose outputs may be there by now.
  if (!(await holdsRun(folder))) await checkAttribution(work);
  const words = [...optionWords(own, replaced), ...engineWords(engine)];
  const phases = attributionPhases({
    ...{ options: words, record, overwrite, shards, scores: outputs.scores && resolve(outputs.scores) },
    partials: join(folder, 'partials'),
    before: await fileNow(record),
  });
  const checkpoint = outputs.checkpoint === undefined ? {} : { checkpoint: resolve(outputs.checkpoint) };
  return submitRun(
    { command, folder, phases: [...phases, ...next], outputs: { record, ...checkpoint } },
    options,
    context,
  );
}
