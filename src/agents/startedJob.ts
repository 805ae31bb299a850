import type { AgentWork } from './agentJobs.ts';
import type { ToolContext } from './agentTool.ts';
import type { ToolDocument } from './toolCall.ts';

/**
 * Starts a job and waits for it, for some time. Cancelling this call stops the job: nobody else knows of it yet.
 *
 * @returns the job's report
 * @throws InputError when another job runs
 */
export async function startedJob(
  { kind, title, wait }: { readonly kind: string; readonly title: string; readonly wait: number },
  context: ToolContext,
  work: AgentWork,
): Promise<ToolDocument> {
  const id = context.jobs.start(kind, title, work);
  const report = await context.jobs.wait(id, wait, context);
  return context.signal.aborted ? context.jobs.cancel(id) : report;
}
