import { basename } from 'node:path';
import { Uri, workspace } from 'vscode';
import type { Projection } from '../../checkpoint/architecture/architecture.ts';
import { comparisonSuffix } from '../../record/comparison/comparisonPaths.ts';
import { readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { requestName } from '../../run/resume/resumeStore.ts';

/* What the Rejuvenation view shows of a workspace, and where it is found. */

/** A run, a checkpoint written from it, a layer of it, or a module of the layer; a run that was stopped; a comparison; or a readiness record. */
export interface RunNode {
  readonly kind: 'run' | 'checkpoint' | 'layer' | 'module' | 'broken' | 'stopped' | 'comparison' | 'readiness';
  /** Of a stopped run, the record that it would write. */
  readonly record: Uri;
  readonly layer?: number;
  readonly projection?: Projection;
  /** The checkpoint's folder, or that of a stopped run's unfinished work. */
  readonly target?: Uri;
}

export const recordPattern = `**/*${recordSuffix}`;
/** Halves of records that the JSON halves need beside them. */
export const arraysPattern = '**/*.rejuvenation.safetensors';
export const comparisonPattern = `**/*${comparisonSuffix}`;
export const readinessPattern = `**/*${readinessSuffix}`;
export const stoppedPattern = `**/*.rejuvenation.partial/${requestName}`;
/** Of runs that are at work. */
export const lockPattern = '**/*.rejuvenation.lock';
const excluded = '**/{node_modules,.git}/**';
const most = 500;

async function find(pattern: string): Promise<Uri[]> {
  const found = await workspace.findFiles(pattern, excluded, most);
  return found.sort((a, b) => a.fsPath.localeCompare(b.fsPath));
}

export function findRecords(): Promise<Uri[]> {
  return find(recordPattern);
}

export function findComparisons(): Promise<Uri[]> {
  return find(comparisonPattern);
}

export function findReadiness(): Promise<Uri[]> {
  return find(readinessPattern);
}

/** Folders of unfinished work, `NAME.rejuvenation.partial`. */
export async function findStopped(): Promise<Uri[]> {
  return (await find(stoppedPattern)).map((request) => Uri.joinPath(request, '..'));
}

/** The record that the run of a folder of unfinished work would write. */
export function recordOfPartial(partial: Uri): Uri {
  return partial.with({ path: partial.path.replace(/\.partial$/, '.json') });
}

/** A record's name, from its path. */
export function runName(path: string): string {
  return basename(path).replace(/\.(rejuvenation|comparison|readiness)\.json$/, '');
}
