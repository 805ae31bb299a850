import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Uri, window } from 'vscode';
import { parseHubId } from '../../checkpoint/folder/hubId.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { type Answer, ask, type Check, type Choice, type Step } from './ask.ts';
import type { RecentPaths } from './recent.ts';
import { shortPath } from './workspaceCheckpoints.ts';

/* Asks the user for files or a folder. */

interface AskPathsOptions extends Step {
  readonly placeholder: string;
  readonly kind: 'files' | 'folder';
  readonly recent: RecentPaths;
  /** Found in the workspace. */
  readonly found: readonly string[];
  /** Finds what a path or a model's name stands for, where that may be another folder; throws a sentence when it cannot be used. */
  readonly locate?: (text: string) => Promise<string>;
  /** Throws a sentence when the paths cannot be used. Escape aborts it. */
  readonly check: (paths: readonly string[], check: Pick<Check, 'signal' | 'tell'>) => Promise<unknown>;
}

interface AskFolderOptions extends Omit<AskPathsOptions, 'kind' | 'locate' | 'check'> {
  /** Throws a sentence when the folder cannot be used. Escape aborts it. */
  readonly check: (path: string, check: Pick<Check, 'signal' | 'tell'>) => Promise<unknown>;
}

/** What calibration files are called, for the dialogs that browse for them. */
export const calibrationFilters = { Calibration: ['jsonl', 'ndjson', 'json', 'gz', 'parquet'] };

const browse = '';

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function choice(path: string, icon: string, extra: string): Choice<string> {
  const { label, description } = shortPath(path);
  return { label: `$(${icon}) ${label}`, description: `${description}${extra}`, value: path };
}

/** The checkpoint's folder that a path or a model's name stands for. @throws InputError when there is none */
export async function locateFolder(text: string): Promise<string> {
  return (await locateCheckpoint(text)).folder;
}

/** Asks for the folder of a checkpoint, by its path or a model's name. As {@link askPaths}. */
export async function askFolder(options: AskFolderOptions): Promise<Answer<string> | undefined> {
  const answer = await askPaths({
    ...options,
    kind: 'folder',
    locate: locateFolder,
    check: ([path], checking) => options.check(path!, checking),
  });
  return answer === undefined || answer === 'back' ? answer : { value: answer.value[0]! };
}

/**
 * Asks for a folder or for files: lately used, found in the workspace, typed (of files also a pattern, or the folder of a
 * data set), or browsed for, where several files can be chosen; checked before they are taken.
 */
export async function askPaths(options: AskPathsOptions): Promise<Answer<readonly string[]> | undefined> {
  const { kind, recent, found, locate, check } = options;
  const icon = kind === 'folder' ? 'folder' : 'file';
  const used = recent.paths;
  let taken: readonly string[] = [];
  const answer = await ask<string>({
    ...options,
    choices: [
      ...used.map((path) => choice(path, icon, ' · used before')),
      ...found.filter((path) => !used.includes(path)).map((path) => choice(path, icon, '')),
      { label: '$(folder-opened) Browse…', alwaysShow: true, value: browse },
    ],
    typed(text) {
      const path = expandHome(text);
      const usable = isAbsolute(path) || (locate !== undefined && parseHubId(path) !== undefined);
      return usable ? { label: `$(${icon}) ${path}`, description: 'as typed', value: path } : undefined;
    },
    async accept(value, checking) {
      const named = value === browse ? await browseFor(kind, options.title) : [value];
      if (named === undefined) return undefined;
      checking.begin();
      const paths = locate === undefined ? named : await Promise.all(named.map((each) => locate(each)));
      await check(paths, checking);
      taken = paths;
      return value;
    },
  });
  if (answer === undefined || answer === 'back') return answer;
  if (taken.length === 1) await recent.add(taken[0]!);
  return { value: taken };
}

async function browseFor(kind: 'files' | 'folder', title: string): Promise<readonly string[] | undefined> {
  const chosen: readonly Uri[] | undefined = await window.showOpenDialog({
    title,
    canSelectFiles: kind === 'files',
    canSelectFolders: kind === 'folder',
    canSelectMany: kind === 'files',
    ...(kind === 'files' ? { filters: calibrationFilters } : {}),
  });
  return chosen === undefined || chosen.length === 0 ? undefined : chosen.map(({ fsPath }) => fsPath);
}
