import type { ClusterRun } from '../../../cluster/run/clusterRun.ts';
import type { ResumeJob } from '../../../cluster/run/resumeJob.ts';
import type { Submission } from '../../../cluster/run/submitMissing.ts';
import type { PhaseStatus, RunStatus, TaskState } from '../../../cluster/status/runStatus.ts';
import { shellCommand } from '../../../files/reading/shellWord.ts';
import { clusterStatusDocument, clusterSubmissionDocument } from '../json/clusterDocuments.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

/* What the command line says of runs on a cluster. */

const states: readonly TaskState[] = ['done', 'running', 'queued', 'missing', 'failed'];

const count = ({ tasks }: PhaseStatus, wanted: TaskState) => tasks.filter(({ state }) => state === wanted).length;

/** `base 3/4 (1 running), sft 4/4, attribution 0/4 (4 queued)`. */
export function statusLine({ phases }: RunStatus): string {
  return phases
    .map((phase) => {
      const others = states.slice(1).flatMap((state) => {
        const number = count(phase, state);
        return number === 0 ? [] : [`${number} ${state}`];
      });
      const rest = others.length === 0 ? '' : ` (${others.join(', ')})`;
      return `${phase.name} ${count(phase, 'done')}/${phase.tasks.length}${rest}`;
    })
    .join(', ');
}

const sentences: Readonly<Record<RunStatus['state'], string>> = {
  done: 'The run is done.',
  running: 'The run is going on.',
  queued: 'The run waits in the queue.',
  stopped: 'The run has stopped: tasks are missing that have no job. Go on with:',
  failed: 'The run has failed. Once the cause is put right, go on with:',
  cancelled: 'The run was cancelled. What is finished is kept; go on with:',
};

/** A table of phases, the tasks that run, wait or failed, and what can be done. */
export function statusText({ folder, plan }: ClusterRun, status: RunStatus, failure: string | undefined): string {
  const columns = [{ head: 'phase' }, ...states.map((head) => ({ head, align: 'right' as const }))];
  const rows = status.phases.map((phase) => [phase.name, ...states.map((state) => String(count(phase, state)))]);
  const tasks = status.phases.flatMap(({ name, tasks: all }) =>
    all
      .filter(
        ({ state, job, failures }) => state !== 'done' && (state === 'running' || failures > 0 || job !== undefined),
      )
      .map(({ index, state, job, node, reason, failures, samples }) => {
        const why = reason === undefined || reason === 'None' ? '' : `, ${reason}`;
        const far = samples === undefined ? '' : `, ${samples.done} of ${samples.total} samples`;
        const failed = failures === 0 ? '' : `, failed ${failures === 1 ? 'once' : `${failures} times`}`;
        return `${name} ${index}: ${state}${job === undefined ? '' : `, job ${job}`}${node === undefined ? '' : ` on ${node}`}${far}${why}${failed}`;
      }),
  );
  const shown = tasks.slice(0, 20).map(printable);
  if (tasks.length > shown.length) shown.push(`… and ${tasks.length - shown.length} more`);
  const { resume } = status;
  if (resume !== undefined) {
    const what =
      resume.state === 'PENDING' ? 'submits again what is lost once all others have ended' : 'looks what is lost';
    shown.push(printable(`resume: job ${resume.id} ${what}`));
  }
  const resumable = ['stopped', 'failed', 'cancelled'].includes(status.state);
  const blocks = [`${plan.command} on Slurm, run ${plan.id}, ${printable(folder)}`, table(columns, rows)];
  if (shown.length > 0) blocks.push(shown.join('\n'));
  if (failure !== undefined) blocks.push(printable(failure));
  const next = resumable ? `\n  ${shellCommand('rejuvenate', 'slurm', 'resume', folder)}` : '';
  blocks.push(`${sentences[status.state]}${next}`);
  return blocks.join('\n\n');
}

/** For --json. */
export function statusJson({ folder, plan }: ClusterRun, status: RunStatus, failure: string | undefined) {
  const { id, command, outputs } = plan;
  return clusterStatusDocument.of({
    ...{ run: folder, id, command, outputs },
    state: status.state,
    failure: failure ?? null,
    resume: status.resume?.id ?? null,
    phases: status.phases,
  });
}

/** What was submitted, and what one can do now. */
export function submittedText(
  { folder, plan }: ClusterRun,
  submitted: readonly Submission[],
  resume?: ResumeJob,
): string {
  if (submitted.length === 0) return 'Nothing was submitted: every task is done or has a job.';
  const rows = submitted.map(({ phase, tasks, jobs }) => [phase, String(tasks), jobs.join(' ')]);
  if (resume !== undefined && 'job' in resume) rows.push(['resume', '1', resume.job]);
  const command = (what: string) => `  ${shellCommand('rejuvenate', 'slurm', what, folder)}`;
  return [
    `Submitted to Slurm as run ${plan.id}; scripts and logs are in ${printable(folder)}`,
    table([{ head: 'phase' }, { head: 'tasks', align: 'right' }, { head: 'job' }], rows),
    ...(resume === undefined ? [] : [resumeText(resume)]),
    ['status', 'cancel', 'resume'].map(command).join('\n'),
  ].join('\n\n');
}

function resumeText(resume: ResumeJob): string {
  if ('job' in resume) return 'The last job waits for all others and submits again what was lost of them.';
  return printable(`Nothing submits again what is lost, without --wait: ${resume.refused}`);
}

/** As {@link submittedText}, for --json. */
export function submittedJson({ folder, plan }: ClusterRun, submitted: readonly Submission[], resume?: ResumeJob) {
  const job = resume !== undefined && 'job' in resume ? resume.job : null;
  return clusterSubmissionDocument.of({ run: folder, id: plan.id, submitted: [...submitted], resume: job });
}
