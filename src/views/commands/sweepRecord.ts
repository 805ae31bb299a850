import { basename } from 'node:path';
import { type ExtensionContext, type Uri, window } from 'vscode';
import { readRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { freeSweepPath } from '../../run/sweep/runSweeps.ts';
import { sweepRun } from '../../run/sweep/sweepRun.ts';
import type { Measurings } from '../inspector/measurings.ts';
import { configuredEngine, configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';
import type { AskedSweep } from '../sweep/askedSweep.ts';
import { askSweep } from '../sweep/askSweep.ts';
import { openSampling } from '../sweep/askSweepSampling.ts';
import { sweepOptions } from '../sweep/sweepWords.ts';
import { tellingPage } from './measureRecord.ts';

/* The command *Run Sweep…*: a run record at many alphas and rhos, and at controls, without leaving a checkpoint. */

/** *Run Sweep…*: shows the plan, measures, and streams the points into the inspector. */
export async function sweepRecord(
  context: ExtensionContext,
  jobs: Jobs,
  slurm: SlurmRuns,
  measurings: Measurings,
  request: { readonly record?: Uri } = {},
): Promise<void> {
  if (!requireTrust()) return;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const { record } = await readRecord(uri.fsPath);
    const out = await freeSweepPath(uri.fsPath);
    const asked = await askSweep(context, record, out);
    if (asked === undefined) return;
    if (runsOnSlurm('sweep')) await sweepOnSlurm(slurm, uri, asked, out);
    else await sweep(jobs, measurings, uri, asked, out);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** Sweeps as asked. What was measured before it was stopped is taken up by the same sweep. */
async function sweep(jobs: Jobs, measurings: Measurings, uri: Uri, asked: AskedSweep, out: string): Promise<void> {
  const identity = runIdentity(await readRecord(uri.fsPath));
  const options = { ...asked, ...configuredEngine(), record: uri.fsPath, out, overwrite: false };
  const again = () =>
    sweep(jobs, measurings, uri, asked, out).catch((error: unknown) => window.showErrorMessage(messageOf(error)));
  const done = await jobs.run(
    `Sweep of ${basename(uri.fsPath)}`,
    async (context) => {
      measurings.job(uri, { text: 'starting the engine' });
      try {
        const onEvent = tellingPage((progress) => measurings.job(uri, progress), context.onEvent);
        const onPoint = measurings.add.bind(measurings, uri, identity);
        const telling = { ...context, onEvent, onPoint };
        const sampling = asked.sampling && (await openSampling(asked.sampling, telling));
        return await sweepRun({ ...options, sampling }, telling);
      } finally {
        measurings.job(uri, undefined);
      }
    },
    { text: 'The points that were measured are kept.', action: 'Resume', act: again },
  );
  if (done === undefined) return;
  const text = `Swept ${done.record.points.length} points into "${basename(done.path)}".`;
  void window.showInformationMessage(notice(`${text} The inspector's Sweep tab shows them.`));
}

/** The same as tasks of a cluster. The inspector finds the sweep record by its name. */
async function sweepOnSlurm(slurm: SlurmRuns, uri: Uri, asked: AskedSweep, out: string): Promise<void> {
  const options = sweepOptions(asked, configuredSettings(), out);
  const named = `Sweep of ${basename(uri.fsPath)}`;
  const words = { command: 'sweep', options, operands: [uri.fsPath] } as const;
  const opens = { view: 'inspector', path: uri.fsPath } as const;
  if (await slurm.run(words, out.replace(/\.json$/, ''), { named, opens })) {
    void window.showInformationMessage(notice(`${named} is done. The inspector's Sweep tab shows it.`));
  }
}
