import {
  type CancellationToken,
  type Disposable,
  LanguageModelTextPart,
  LanguageModelToolResult,
  lm,
  MarkdownString,
  workspace,
} from 'vscode';
import { AgentJobs, type RunWork } from '../../agents/agentJobs.ts';
import type { AgentTool } from '../../agents/agentTool.ts';
import { Roots } from '../../agents/roots.ts';
import { agentTools } from '../../agents/toolSet.ts';
import { InputError } from '../../errors.ts';
import { shownJsonLine } from '../../files/reading/shownJson.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';
import { toolName } from './manifestTools.ts';

/* The tools for agents as VS Code's language-model tools: the workspace's folders are their roots. */

/** Jobs of agents are jobs like any other: one at a time, shown, and stopped by whoever watches. */
function runIn(jobs: Jobs): RunWork {
  return async (title, work) => {
    let started = false;
    let failure: unknown;
    await jobs.run(`${title} (agent)`, async (context) => {
      started = true;
      try {
        await work(context);
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure !== undefined) throw failure;
    if (!started) throw new InputError('Rejuvenation is busy with a job that the user started: wait until it is done.');
  };
}

/** What a person is asked; arguments that the tool does not take it refuses itself. */
function questionOf(tool: AgentTool, input: unknown): string | undefined {
  try {
    return tool.question(input);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function signalOf(token: CancellationToken): AbortSignal {
  const stop = new AbortController();
  token.onCancellationRequested(() => stop.abort());
  if (token.isCancellationRequested) stop.abort();
  return stop.signal;
}

/** Registers every tool. What runs models or writes is asked about first, and refused in workspaces that are not trusted. */
export function registerAgentTools(jobs: Jobs): readonly Disposable[] {
  const roots = new Roots(async () => (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath));
  const agentJobs = new AgentJobs(runIn(jobs));
  return agentTools.map((tool) =>
    lm.registerTool<object>(toolName(tool), {
      prepareInvocation({ input }) {
        const question = questionOf(tool, input);
        return {
          invocationMessage: tool.title,
          ...(question !== undefined && {
            // Paths are an agent's words: text, not markup.
            confirmationMessages: { title: tool.title, message: new MarkdownString().appendText(question) },
          }),
        };
      },
      async invoke({ input }, token) {
        try {
          if (tool.effect !== 'reads' && !workspace.isTrusted) {
            throw new InputError('Rejuvenation runs models only in trusted workspaces.');
          }
          if (tool.effect !== 'reads' && !(await mayRunHere('agent'))) {
            throw new InputError(
              'Models are to run on Slurm (rejuvenation.runOn), and the user did not want this one here.',
            );
          }
          const context = { roots, jobs: agentJobs, signal: signalOf(token), progress: () => undefined };
          const document = await tool.call(input, context);
          return new LanguageModelToolResult([new LanguageModelTextPart(shownJsonLine(document))]);
        } catch (error) {
          throw new Error(messageOf(error));
        }
      },
    }),
  );
}
