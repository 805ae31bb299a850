import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../paths.ts';
import { fastFolder } from '../fastFolder.ts';
import type { FaultPlan } from '../faults.cjs';

/* What the storms of kills share: random numbers by a seed, and programs that are started, hit and waited for. */

const faultsFile = join(root, 'test', 'storm', 'faults.cjs');

export interface Storm {
  readonly name: string;
  readonly times: number;
  /** @returns what was lost, in words; undefined when nothing was */
  once(folder: string, turn: number): Promise<string | undefined>;
}

export class StormTools {
  /** Folder of everything that storms write; deleted with the process. */
  readonly base = mkdtempSync(join(fastFolder, 'storm-'));
  /** Processes that a signal ended so far. */
  killed = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    process.on('exit', () => rmSync(this.base, { recursive: true, force: true }));
    process.on('SIGINT', () => process.exit(130));
  }

  /** Whole numbers below a limit, the same for the same seed. */
  readonly random = (below: number): number => {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  };

  readonly ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
    new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (_, signal) => {
        if (signal !== null) this.killed++;
        resolve(signal);
      });
    });

  readonly start = (args: readonly string[], plan?: FaultPlan): ChildProcess => {
    const preload = plan === undefined ? [] : ['--require', faultsFile];
    const env = plan === undefined ? process.env : { ...process.env, STORM: JSON.stringify(plan) };
    return spawn(process.execPath, [...preload, ...args], { stdio: 'ignore', env });
  };

  /** Starts a program and kills it so many milliseconds later, if it still runs. */
  readonly killedAfter = async (args: readonly string[], ms: number): Promise<void> => {
    const child = this.start(args);
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    await this.ended(child);
    clearTimeout(timer);
  };

  /** Calls by which a program changes the disk when nothing happens to it. */
  readonly callsOf = async (folder: string, args: readonly string[]): Promise<number> => {
    const log = `${folder}.calls`;
    await this.ended(this.start(args, { at: 0, fault: 'none', below: folder, log }));
    return readFileSync(log, 'utf8').trimEnd().split('\n').length;
  };
}
