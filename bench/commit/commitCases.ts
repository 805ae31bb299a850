import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/* What commitChild.ts measures, and how it is started. */

/** What one thing took. */
export interface Taken {
  readonly seconds: number;
  /** Of the processor: other work on the machine stretches the clock's far more. */
  readonly cpuSeconds: number;
}

/** One thing to be measured. Cold: the inputs are not in the page cache. */
export type CommitCase =
  /** `cp` of the weights. */
  | { readonly what: 'cp'; readonly cold?: boolean }
  /** `cp`, `sync` and `openssl dgst -sha256` in turn. */
  | { readonly what: 'by hand'; readonly cold?: boolean }
  /** Bare: without hashing, fsync and reading back. */
  | { readonly what: 'commit'; readonly workers?: number; readonly bare?: boolean; readonly cold?: boolean };

/** What commitChild.ts prints. */
export interface CommitMeasures {
  /** Round by round, what each case took. */
  readonly rounds: readonly (readonly Taken[])[];
  readonly peakBytes: number;
}

/**
 * Measures cases in turn, round after round, in a process of its own.
 *
 * @param folder that holds `base` and `sft`
 * @param prefix run by bash before
 */
export function measureCommits(
  folder: string,
  rounds: number,
  cases: readonly CommitCase[],
  prefix = 'true',
): CommitMeasures {
  const child = join(import.meta.dirname, 'commitChild.ts');
  const command = [process.execPath, '--import', 'tsx', child, folder, String(rounds), JSON.stringify(cases)];
  const output = execFileSync('bash', ['-c', `${prefix} && exec "$@"`, 'bash', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as CommitMeasures;
}
