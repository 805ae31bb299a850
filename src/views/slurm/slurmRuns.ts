import { commands, type Disposable, type Memento, Uri, window, workspace } from 'vscode';
import type { WordOption } from '../../cluster/phases/attributeWords.ts';
import { cancelRun } from '../../cluster/run/cancelRun.ts';
import { type ClusterRun, holdsRun, readRun } from '../../cluster/run/clusterRun.ts';
import { followRun } from '../../cluster/run/followRun.ts';
import { Interrupted } from '../../errors.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';
import { readinessViewType } from '../page/readinessViewType.ts';
import { clusterProgress } from './clusterProgress.ts';
import { type FollowedRun, FollowedRuns } from './followedRuns.ts';
import { inFreeFolder } from './runFolder.ts';
import { slurmConfiguration } from './slurmSettings.ts';
import { slurmOptions } from './slurmWords.ts';

/*
 * Runs on a Slurm cluster from VS Code: submitted as the command line does with --slurm, followed, and opened when they are done.
 * No model runs here.
 */

type Telling = Pick<RunContext, 'signal' | 'onEvent'>;

/** A command of the command line, without what is asked of Slurm. */
export interface CommandWords {
  readonly command: 'commit' | 'readiness' | 'sweep' | 'verify';
  readonly options: readonly WordOption[];
  readonly operands: readonly string[];
}

/** Submits it. @returns the run's folder */
export type SubmitWords = (
  words: CommandWords & { readonly shared: readonly WordOption[]; readonly runFolder: string },
  context: Telling,
) => Promise<string>;

const views = { inspector: inspectorViewType, readiness: readinessViewType } as const;

/** How many runs that were left are offered at once. */
const mostOffers = 3;

export class SlurmRuns {
  readonly #jobs: Jobs;
  readonly #followed: FollowedRuns;
  readonly #submit: SubmitWords;

  /** @param memento of the workspace */
  constructor(jobs: Jobs, memento: Memento, submit: SubmitWords) {
    this.#jobs = jobs;
    this.#followed = new FollowedRuns(memento);
    this.#submit = submit;
  }

  /**
   * Submits a command, and follows it.
   *
   * @param stem where the run's folder goes, without `.slurm`; absolute
   * @returns whether it is done, and was opened; else the user has been told
   */
  run(words: CommandWords, stem: string, end: Omit<FollowedRun, 'folder'>): Promise<boolean> {
    return this.follow(end, (context) => {
      const shared = slurmOptions(slurmConfiguration());
      return inFreeFolder(stem, async (runFolder) =>
        readRun(await this.#submit({ ...words, shared, runFolder }, context)),
      );
    });
  }

  /** As {@link run}, of what is submitted otherwise. */
  async follow(
    { named, opens }: Omit<FollowedRun, 'folder'>,
    submit: (context: Telling) => Promise<ClusterRun>,
  ): Promise<boolean> {
    let submitted: ClusterRun | undefined;
    const done = await this.#jobs.run(
      `${named} on Slurm`,
      async ({ onEvent, signal }) => {
        const run = await submit({ onEvent, signal });
        submitted = run;
        await this.#followed.keep({ folder: run.folder, named, opens });
        const say = (text: string) => onEvent({ type: 'note', text });
        say(`Submitted to Slurm as run ${run.plan.id}; scripts and logs are in ${run.folder}`);
        try {
          await followRun(run, { signal, onStatus: clusterProgress(onEvent), say });
        } catch (error) {
          // A window that is closed stops looking; the run is offered again in the next.
          if (!(error instanceof Interrupted && signal.aborted)) await this.#followed.forget(run.folder);
          throw error;
        }
        await this.#followed.forget(run.folder);
        return run;
      },
      {
        text: 'Its jobs on Slurm go on; start it again to follow them.',
        action: 'Cancel Jobs',
        act: () => this.#cancel(submitted),
      },
    );
    if (done === undefined) return false;
    await commands.executeCommand('vscode.openWith', Uri.file(opens.path), views[opens.view]);
    return true;
  }

  /** Offers to follow what was followed when the window was closed: at once, or when the workspace is trusted. */
  offer(): Disposable {
    const trusted = workspace.onDidGrantWorkspaceTrust(() => void this.#offer());
    if (workspace.isTrusted) void this.#offer();
    return trusted;
  }

  async #offer(): Promise<void> {
    for (const run of this.#followed.all().slice(0, mostOffers)) {
      if (!(await holdsRun(run.folder))) {
        await this.#followed.forget(run.folder);
        continue;
      }
      const text = notice(`${run.named} was on Slurm when this window was closed, and went on.`);
      void window.showInformationMessage(text, 'Follow', 'Forget').then(async (chosen) => {
        if (chosen === 'Forget') await this.#followed.forget(run.folder);
        if (chosen === 'Follow') await this.follow(run, () => readRun(run.folder));
      });
    }
  }

  async #cancel(run: ClusterRun | undefined): Promise<void> {
    if (run === undefined) return;
    try {
      const tasks = await cancelRun(run, true);
      await this.#followed.forget(run.folder);
      void window.showInformationMessage(notice(`Cancelled ${tasks === 1 ? 'one task' : `${tasks} tasks`} on Slurm.`));
    } catch (error) {
      void window.showErrorMessage(messageOf(error));
    }
  }
}
