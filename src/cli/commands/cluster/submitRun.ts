import { join, resolve } from 'node:path';
import { arraysOf } from '../../../cluster/run/arrays.ts';
import { beginRun } from '../../../cluster/run/beginRun.ts';
import type { ClusterPlan, ClusterRun } from '../../../cluster/run/clusterRun.ts';
import { type PlannedRun, planOf, resumeScriptOf, scriptOf } from '../../../cluster/run/createRun.ts';
import { followRun } from '../../../cluster/run/followRun.ts';
import { programPlace } from '../../../cluster/run/programPlace.ts';
import { typedSbatch } from '../../../cluster/slurm/jobScript.ts';
import { resumeArguments, resumePhase, sbatchArguments, scriptPath } from '../../../cluster/slurm/sbatchArguments.ts';
import { largestArray } from '../../../cluster/slurm/slurm.ts';
import type { RunStatus } from '../../../cluster/status/runStatus.ts';
import { Interrupted } from '../../../errors.ts';
import { shellCommand } from '../../../files/reading/shellWord.ts';
import { statusLine, submittedJson, submittedText } from '../../output/cluster/slurmReport.ts';
import { printable, printableLines } from '../../output/printable.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { type SlurmOptions, slurmSettingsFrom } from './slurmOptions.ts';

/* Submits a command to Slurm, shows what would be submitted, or waits for its end. */

export interface ClusterCommand {
  /** Its name: `run`. */
  readonly command: string;
  /** Where scripts, logs and state go; absolute. */
  readonly folder: string;
  readonly phases: ClusterPlan['phases'];
  readonly outputs: ClusterPlan['outputs'];
}

/** Where a run's folder is: as it was named, or beside what it makes. */
export function runFolderOf({ runFolder }: SlurmOptions, stem: string): string {
  return resolve(runFolder ?? `${stem}.slurm`);
}

/**
 * Submits a run, or goes on with the one that its folder holds.
 *
 * @returns whether it waited for the run, which is done now
 * @throws InputError, RunError, Interrupted as its parts
 */
export async function submitRun(
  { command, folder, phases, outputs }: ClusterCommand,
  options: SlurmOptions & { readonly json?: true },
  context: CommandContext,
): Promise<boolean> {
  const settings = slurmSettingsFrom(options);
  const arrayLimit = settings.arrayLimit ?? (options.dryRun ? 1000 : await largestArray());
  const planned: PlannedRun = {
    ...{ command, phases, outputs, arrayLimit },
    cwd: process.cwd(),
    ...programPlace(),
    settings,
  };
  if (options.dryRun) {
    context.print(dryText({ folder, plan: planOf(planned) }));
    return false;
  }
  const { run, submitted, resume } = await beginRun(folder, planned);
  if (options.wait) {
    context.say(submittedText(run, submitted, resume));
    await waitFor(run, context);
    context.say(`Done. What each task said is in ${printable(join(folder, 'logs'))}`);
    return true;
  }
  context.print(options.json ? jsonText(submittedJson(run, submitted, resume)) : submittedText(run, submitted, resume));
  return false;
}

/** Follows a run to its end. @throws as `followRun` */
export async function waitFor(run: ClusterRun, { signal, say }: CommandContext): Promise<void> {
  let last = '';
  const onStatus = (status: RunStatus) => {
    const line = statusLine(status);
    if (line !== last) say(line);
    last = line;
  };
  try {
    await followRun(run, { signal, onStatus, say });
  } catch (error) {
    if (!(error instanceof Interrupted && signal.aborted)) throw error;
    const command = (what: string) => shellCommand('rejuvenate', 'slurm', what, run.folder);
    throw new Interrupted(
      `The run goes on without this command. Look: ${command('status')}. End it: ${command('cancel')}`,
    );
  }
}

/** The scripts and the commands that would submit them. */
function dryText(run: ClusterRun): string {
  const { folder, plan } = run;
  const parts = plan.phases.map((phase) => {
    const after = phase.after.map((name) => `JOBS_OF_${name.toUpperCase()}`);
    const all = phase.tasks.map((_, index) => index);
    const commands = arraysOf(all, plan.arrayLimit).map(({ offset, indices }) => {
      const request = { run: plan.id, phase: phase.name, offset, indices, after, model: phase.model };
      return typedSbatch(sbatchArguments(request, plan.settings));
    });
    return `${commands.join('\n')}\n\n${scriptPath(phase.name)}:\n${scriptOf(run, phase)}`;
  });
  const last = typedSbatch(resumeArguments(plan.id, ['ALL_JOBS'], plan.settings));
  parts.push(`${last}\n\n${scriptPath(resumePhase)}:\n${resumeScriptOf(run)}`);
  return printableLines(`Nothing is submitted. In ${shellCommand(folder)} this would be:\n\n${parts.join('\n')}`);
}
