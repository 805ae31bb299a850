import { resolve } from 'node:path';
import { Command } from 'commander';
import { cancelRun } from '../../../cluster/run/cancelRun.ts';
import { readRun } from '../../../cluster/run/clusterRun.ts';
import { submitMissing } from '../../../cluster/run/submitMissing.ts';
import { clearPhase, resumePhase } from '../../../cluster/slurm/sbatchArguments.ts';
import { failureText } from '../../../cluster/status/failureText.ts';
import { lookAt } from '../../../cluster/status/lookAt.ts';
import { runStatus } from '../../../cluster/status/runStatus.ts';
import { withSamples } from '../../../cluster/status/sampleProgress.ts';
import { runClear } from '../../../cluster/task/runClear.ts';
import { runResume } from '../../../cluster/task/runResume.ts';
import { runTask } from '../../../cluster/task/runTask.ts';
import { statusJson, statusText, submittedJson, submittedText } from '../../output/cluster/slurmReport.ts';
import { clusterCancellationDocument } from '../../output/json/clusterDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption, wholeArgument } from '../options/options.ts';
import { waitFor } from './submitRun.ts';

/* `rejuvenate slurm`: looks at a run on a cluster, has it go on, or cancels it. */

interface Options {
  readonly json?: true;
  readonly wait?: true;
}

/** All of `rejuvenate slurm`. */
export function slurmCommand(context: CommandContext): Command {
  const command = new Command('slurm')
    .summary('look at a run on a Slurm cluster, resume or cancel it')
    .description('Look at a run that was submitted with --slurm, have it go on, or cancel it.')
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate slurm status llama.rejuvenation.slurm
  rejuvenate slurm resume llama.rejuvenation.slurm --wait
  rejuvenate slurm cancel llama.rejuvenation.slurm --json`,
    );
  for (const part of [statusCommand(context), resumeCommand(context), cancelCommand(context)]) command.addCommand(part);
  // The scripts call it; people have no use for it.
  return command.addCommand(taskCommand(context), { hidden: true });
}

function part(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<run>', "the run's folder, NAME.rejuvenation.slurm")
    .addOption(jsonOption());
}

function statusCommand(context: CommandContext): Command {
  return part('status', 'Say how a run stands: what is done by its files, what has a job, what failed.').action(
    async (folder: string, { json }: Options) => {
      const run = await readRun(resolve(folder));
      const status = await withSamples(run, runStatus(run.plan, await lookAt(run)));
      const failure = status.state === 'failed' ? await failureText(run, status) : undefined;
      context.print(json ? jsonText(statusJson(run, status, failure)) : statusText(run, status, failure));
    },
  );
}

function resumeCommand(context: CommandContext): Command {
  return part('resume', 'Submit what is missing of a run: what failed, was lost or cancelled. What is done is kept.')
    .option('--wait', 'stay until the run has ended, and submit again what was lost on the way')
    .action(async (folder: string, { json, wait }: Options) => {
      const run = await readRun(resolve(folder));
      const { submitted, resume } = await submitMissing(run, { again: true });
      if (wait) {
        context.say(submittedText(run, submitted, resume));
        await waitFor(run, context);
      }
      if (json) context.print(jsonText(submittedJson(run, submitted, resume)));
      else if (!wait) context.print(submittedText(run, submitted, resume));
    });
}

function cancelCommand(context: CommandContext): Command {
  return part('cancel', 'Cancel all jobs of a run and wait until they have ended. What is finished is kept.').action(
    async (folder: string, { json }: Options) => {
      const run = await readRun(resolve(folder));
      const tasks = await cancelRun(run, true);
      const said = tasks === 0 ? 'The run has no job.' : `Cancelled ${tasks === 1 ? 'one task' : `${tasks} tasks`}.`;
      context.print(
        json ? jsonText(clusterCancellationDocument.of({ run: run.folder, id: run.plan.id, cancelled: tasks })) : said,
      );
    },
  );
}

function taskCommand(context: CommandContext): Command {
  return new Command('task')
    .argument('<run>')
    .argument('<phase>')
    .argument('<offset>', 'task of index 0', wholeArgument)
    .action(async (folder: string, phase: string, offset: number) => {
      if (phase === resumePhase) return runResume(folder, { stopped: context.signal, say: context.say });
      if (phase === clearPhase) return runClear(folder, context.say);
      const limit = new AbortController();
      process.on('SIGUSR2', () => limit.abort());
      await runTask(folder, phase, offset, { stopped: context.signal, limit: limit.signal, say: context.say });
    });
}
