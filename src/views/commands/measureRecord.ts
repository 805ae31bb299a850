import type { Uri } from 'vscode';
import { window } from 'vscode';
import { readRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import type { MeasuredPoint } from '../../record/sweep/sweepRecord.ts';
import type { OnRunEvent } from '../../run/progress/runEvents.ts';
import { measurePoint } from '../../run/sweep/measurePoint.ts';
import { shownRho } from '../ask/shownRho.ts';
import type { Measurings } from '../inspector/measurings.ts';
import { configuredEngine } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { ProgressText } from '../jobs/progressText.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';

/* The command *Measure without Committing*: what a commit at some rho and alpha would give. */

export interface MeasureRequest {
  readonly record?: Uri;
  /** The record's own when left out. */
  readonly rho?: number | undefined;
  readonly alpha?: number | undefined;
}

/** A page need not be told of every step. */
const tellAfter = 200;

/** Passes events on, and tells the inspector's page how far the job is. */
export function tellingPage(
  tell: (progress: { readonly text: string; readonly fraction: number | undefined }) => void,
  onEvent: OnRunEvent,
): OnRunEvent {
  const text = new ProgressText();
  let told = 0;
  return (event) => {
    onEvent(event);
    const now = performance.now();
    const next = text.next(event, now);
    if (next === undefined || (event.type === 'progress' && now - told < tellAfter)) return;
    told = now;
    tell({ text: next.text, fraction: next.fraction });
  };
}

/** *Measure without Committing*: measures a point; the inspector shows it, and it is kept beside the record. */
export async function measureRecord(
  jobs: Jobs,
  measurings: Measurings,
  request: MeasureRequest = {},
): Promise<MeasuredPoint | undefined> {
  if (!requireTrust()) return undefined;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return undefined;
  try {
    const open = await readRecord(uri.fsPath);
    const { rho = open.record.settings.rho, alpha = open.record.settings.alpha } = request;
    const options = { record: uri.fsPath, rho, alpha, keep: true };
    if (!(await mayRunHere('point'))) return undefined;
    const engine = configuredEngine();
    const at = { rho, alpha };
    return await jobs.run(
      `Measurement at rho ${shownRho(rho)}, alpha ${alpha}`,
      async (context) => {
        measurings.job(uri, { at, text: 'starting the engine' });
        try {
          const onEvent = tellingPage((progress) => measurings.job(uri, { at, ...progress }), context.onEvent);
          const point = await measurePoint({ ...options, ...engine }, { ...context, onEvent });
          measurings.add(uri, runIdentity(open), point);
          return point;
        } finally {
          measurings.job(uri, undefined);
        }
      },
      { text: 'Nothing was measured.' },
    );
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
    return undefined;
  }
}
