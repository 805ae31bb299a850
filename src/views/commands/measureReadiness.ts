import { basename } from 'node:path';
import { commands, type ExtensionContext, Uri, window, workspace } from 'vscode';
import { Interrupted } from '../../errors.ts';
import { readinessPaths, readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { keepsAnswers } from '../../run/readiness/partialFolder.ts';
import { freeRecordPath, outputFolderFor } from '../ask/outputFolder.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { readinessViewType } from '../page/readinessViewType.ts';
import { askReadinessSettings } from '../readiness/askReadinessSettings.ts';
import {
  askKind,
  type Draft,
  inputsOf,
  type Question,
  questionsOf,
  type ReadinessInputs,
  stepsOf,
} from '../readiness/askReadinessSource.ts';
import { measurePlan, planDefaults, type ReadinessPlan } from '../readiness/readinessPlan.ts';
import { readinessOptions } from '../readiness/readinessWords.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';

/* The command *Measure Readiness…*: asks what to measure, sums up, measures as a job that resumes, and opens the record. */

/** Measures, writes the record, and opens it. */
async function measure(jobs: Jobs, slurm: SlurmRuns, plan: ReadinessPlan): Promise<void> {
  const title = `Readiness of ${plan.checkpoints.length === 1 ? basename(plan.checkpoints[0]!) : `${plan.checkpoints.length} checkpoints`}`;
  if (runsOnSlurm('readiness', plan.source.kind === 'engine')) {
    const options = readinessOptions(plan, configuredSettings());
    const words = { command: 'readiness', options, operands: plan.checkpoints } as const;
    const end = { named: title, opens: { view: 'readiness', path: plan.record } } as const;
    await slurm.run(words, plan.record.replace(/\.json$/, ''), end);
    return;
  }
  const again = () => measure(jobs, slurm, plan);
  let failed = false;
  const made = await jobs.run(
    title,
    async (context) => {
      try {
        return await measurePlan(plan, configuredSettings(), context);
      } catch (error) {
        failed = !(error instanceof Interrupted);
        throw error;
      }
    },
    { text: 'What was sampled is kept.', action: 'Resume', act: again },
  );
  if (made?.path !== undefined) {
    await commands.executeCommand('vscode.openWith', Uri.file(made.path), readinessViewType);
    return;
  }
  if (!failed || !(await keepsAnswers(readinessPaths(plan.record).partial))) return;
  const text = notice(`${title}: prompts that have all their answers are kept.`);
  const chosen = await window.showInformationMessage(text, 'Resume');
  if (chosen !== undefined) await again();
}

/**
 * *Measure Readiness…*: of the folders selected in the Explorer, or of what is asked for.
 *
 * @param clicked the folder the command was called on; @param selected all that were selected with it
 */
export async function measureReadinessCommand(
  context: ExtensionContext,
  jobs: Jobs,
  slurm: SlurmRuns,
  clicked?: Uri,
  selected?: readonly Uri[],
): Promise<void> {
  if (!requireTrust()) return;
  try {
    const folders = selected !== undefined && selected.length > 1 ? selected : clicked === undefined ? [] : [clicked];
    const given = folders.map(({ fsPath }) => fsPath);
    const draft: Draft = {
      ...{ kind: 'engine', named: given, base: undefined },
      ...{ endpoint: '', files: [], prompts: [], promptCount: 0, promptField: '', answerField: '' },
    };
    let plan: ReadinessPlan | undefined;
    const settings: Question = async () => {
      const inputs = await inputsOf(draft);
      const totalSteps = stepsOf(draft.kind);
      const step = { title: 'Measure Readiness', step: totalSteps, totalSteps };
      const initial = { ...planDefaults, ...inputs, record: await freePath(inputs) };
      const answer = await askReadinessSettings(step, context, initial);
      if (answer !== undefined && answer !== 'back') plan = answer.value;
      return answer;
    };
    for (let at = 0; plan === undefined; ) {
      // The first answer decides what is asked next.
      const first = given.length > 0 ? [] : [() => askKind(draft)];
      const questions = [...first, ...questionsOf(context, draft, given), settings];
      const answer = await questions[at]!();
      if (answer === undefined) return;
      at = Math.max(at + (answer === 'back' ? -1 : 1), 0);
    }
    await measure(jobs, slurm, plan);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** A record's name that is free, in the folder that {@link outputFolderFor} proposes. */
async function freePath({ source, checkpoints }: ReadinessInputs): Promise<string> {
  const last = checkpoints.at(-1)!;
  const root = workspace.workspaceFolders?.[0]?.uri.fsPath;
  // A server's models lie nowhere here.
  const folder = source.kind === 'endpoint' && root !== undefined ? root : await outputFolderFor(last);
  const name =
    basename(last)
      .replace(/\.(jsonl|ndjson|json|parquet)(\.gz)?$/, '')
      .replace(/[^\w.+=-]+/g, '-') || 'readiness';
  return freeRecordPath(folder, name, readinessSuffix);
}
