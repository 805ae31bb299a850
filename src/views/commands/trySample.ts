import { join } from 'node:path';
import { type ExtensionContext, workspace } from 'vscode';
import { makeFolders } from '../../files/writing/diskOperations.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { freeRecordPath } from '../ask/outputFolder.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { requireTrust } from '../jobs/trust.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';
import { rejuvenate } from './rejuvenate.ts';

/* The command *Try the Sample*: a run on the checkpoints that come with the extension. */

/** The sample is tiny, so a union over its 512 targets is large: at 0.1 % a ninth of all neurons is reset. */
const sampleRho = 0.001;

/**
 * *Try the Sample*: rejuvenates the embedded over-trained checkpoint. The record goes into the workspace, or, when
 * none is open, into the extension's own storage.
 */
export async function trySample(context: ExtensionContext, jobs: Jobs): Promise<void> {
  if (!requireTrust() || !(await mayRunHere('sample'))) return;
  const sample = context.asAbsolutePath(join('media', 'sample'));
  const root = workspace.workspaceFolders?.[0]?.uri.fsPath ?? context.globalStorageUri.fsPath;
  const folder = join(root, 'rejuvenation-sample');
  await makeFolders(folder);
  const record = await freeRecordPath(folder, 'sample', recordSuffix);
  const inputs = {
    base: join(sample, 'base'),
    sft: join(sample, 'sft-over'),
    calibration: [join(sample, 'calibration.jsonl')],
  };
  await rejuvenate(jobs, inputs, { settings: { ...configuredSettings(), rho: sampleRho }, record });
}
