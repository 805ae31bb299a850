import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Uri, window } from 'vscode';
import { parseHubId } from '../../checkpoint/folder/hubId.ts';
import { type Answer, ask, type Check, type Choice, type Step } from './ask.ts';
import type { RecentPaths } from './recent.ts';
import { shortPath } from './workspaceCheckpoints.ts';

/* Asks the user for a file or a folder. */

interface AskPathOptions extends Step {
  readonly placeholder: string;
  readonly kind: 'file' | 'folder';
  readonly recent: RecentPaths;
  /** Found in the workspace. */
  readonly found: readonly string[];
  /** Finds what a path or a model's name stands for, where that may be another folder; throws a sentence when it cannot be used. */
  readonly locate?: (text: string) => Promise<string>;
  /** Throws a sentence when the path cannot be used. Escape aborts it. */
  readonly check: (path: string, check: Pick<Check, 'signal' | 'tell'>) => Promise<unknown>;
}

const browse = '';

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function choice(path: string, icon: string, extra: string): Choice<string> {
  const { label, description } = shortPath(path);
  return { label: `$(${icon}) ${label}`, description: `${description}${extra}`, value: path };
}

/** Asks for a file or folder: lately used, found in the workspace, typed, or browsed for; checked before it is taken. */
export async function askPath(options: AskPathOptions): Promise<Answer<string> | undefined> {
  const { kind, recent, found, locate, check } = options;
  const icon = kind === 'folder' ? 'folder' : 'file';
  const used = recent.paths;
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
      const named = value === browse ? await browseFor(kind, options.title) : value;
      if (named === undefined) return undefined;
      checking.begin();
      const path = locate === undefined ? named : await locate(named);
      await check(path, checking);
      return path;
    },
  });
  if (answer !== undefined && answer !== 'back') await recent.add(answer.value);
  return answer;
}

async function browseFor(kind: 'file' | 'folder', title: string): Promise<string | undefined> {
  const chosen: readonly Uri[] | undefined = await window.showOpenDialog({
    title,
    canSelectFiles: kind === 'file',
    canSelectFolders: kind === 'folder',
    canSelectMany: false,
    ...(kind === 'file' ? { filters: { 'JSON Lines': ['jsonl', 'json'] } } : {}),
  });
  return chosen?.[0]?.fsPath;
}
