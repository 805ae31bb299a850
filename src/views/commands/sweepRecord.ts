import { basename } from 'node:path';
import { type Uri, window } from 'vscode';
import { readRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { freeSweepPath } from '../../run/sweep/runSweeps.ts';
import { sweepRun } from '../../run/sweep/sweepRun.ts';
import { defaultAlphas, defaultRhos, defaultSeeds } from '../../settings/sweepSettings.ts';
import { type AskedSweep, askSweep } from '../ask/askSweep.ts';
import type { Measurings } from '../inspector/measurings.ts';
import { configuredEngine, configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';
import { engineOptions } from '../slurm/slurmWords.ts';
import { tellingPage } from './measureRecord.ts';

/* The command *Run Sweep…*: a run record at many alphas and rhos, and at controls, without leaving a checkpoint. */

/** *Run Sweep…*: shows the plan, measures, and streams the points into the inspector. */
export async function sweepRecord(
  jobs: Jobs,
  slurm: SlurmRuns,
  measurings: Measurings,
  request: { readonly record?: Uri } = {},
): Promise<void> {
  if (!requireTrust()) return;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const open = await readRecord(uri.fsPath);
    const out = await freeSweepPath(uri.fsPath);
    const rhos = defaultRhos.filter((rho) => rho <= open.record.settings.rhoMax);
    const start = { alphas: defaultAlphas, rhos, controls: ['fusion'] as const, seeds: defaultSeeds };
    const asked = await askSweep(start, open.record, out);
    if (asked === undefined) return;
    if (runsOnSlurm('sweep')) {
      await sweepOnSlurm(slurm, uri, asked, out);
      return;
    }
    const engine = configuredEngine();
    const options = { ...asked, ...engine, record: uri.fsPath, anchors: [], out, overwrite: false };
    const identity = runIdentity(open);
    const done = await jobs.run(
      `Sweep of ${basename(uri.fsPath)}`,
      async (context) => {
        measurings.job(uri, { text: 'starting the engine' });
        try {
          const onEvent = tellingPage((progress) => measurings.job(uri, progress), context.onEvent);
          const onPoint = measurings.add.bind(measurings, uri, identity);
          return await sweepRun(options, { ...context, onEvent, onPoint });
        } finally {
          measurings.job(uri, undefined);
        }
      },
      { text: 'The points that were measured are kept: run the sweep again to go on from there.' },
    );
    if (done === undefined) return;
    const text = `Swept ${done.record.points.length} points into "${basename(done.path)}".`;
    void window.showInformationMessage(notice(`${text} The inspector's Sweep tab shows them.`));
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** The same as one task of a cluster. The inspector finds the sweep record by its name. */
async function sweepOnSlurm(slurm: SlurmRuns, uri: Uri, asked: AskedSweep, out: string): Promise<void> {
  const { alphas, rhos, controls, seeds } = asked;
  const options = [
    ...([
      ['alpha', alphas.join()],
      ['rho', rhos.join()],
      ['seeds', String(seeds)],
    ] as const),
    ...([
      ['controls', controls.length === 0 ? 'none' : controls.join()],
      ['out', out],
    ] as const),
    ...engineOptions(configuredSettings()),
  ];
  const named = `Sweep of ${basename(uri.fsPath)}`;
  const words = { command: 'sweep', options, operands: [uri.fsPath] } as const;
  const opens = { view: 'inspector', path: uri.fsPath } as const;
  if (await slurm.run(words, out.replace(/\.json$/, ''), { named, opens })) {
    void window.showInformationMessage(notice(`${named} is done. The inspector's Sweep tab shows it.`));
  }
}
