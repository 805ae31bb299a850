import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import type { BenchOptions } from './options.ts';
import type { PyTorch } from './pytorch.ts';
import { notBegun, runStep, type StepResult } from './step.ts';

/** A run of the bench: its settings, its steps and how they are taken. */
export class Bench {
  readonly steps: StepResult[] = [];
  /** Folders that are removed when the bench is stopped. */
  readonly folders = new Set<string>();
  readonly options: BenchOptions;
  readonly pytorch: PyTorch | undefined;
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment of our own programs, beside this process's */
  constructor(options: BenchOptions, pytorch: PyTorch | undefined, environment: Readonly<Record<string, string>>) {
    this.options = options;
    this.pytorch = pytorch;
    this.#environment = environment;
  }

  /** A step by the command line. */
  cli(name: string, ...args: string[]): Promise<StepResult> {
    return this.#run(name, process.execPath, [join(distFolder, 'cli.cjs'), ...args], this.#environment);
  }

  /** A step by work.ts. @param environment beside that of all */
  work(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<StepResult> {
    const worker = join(import.meta.dirname, 'work.mjs');
    return this.#run(name, process.execPath, [worker, ...args], { ...this.#environment, ...environment });
  }

  /** A step by paper.py. */
  paper(name: string, { python }: PyTorch, ...args: string[]): Promise<StepResult> {
    return this.#run(name, python, [join(import.meta.dirname, 'paper.py'), ...args], {});
  }

  /** A step that could not be begun. */
  refuse(name: string, failure: string): void {
    console.log(`${name}: ${failure}`);
    this.steps.push(notBegun(name, failure));
  }

  async #run(name: string, command: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    console.log(`${name} …`);
    const result = await runStep(name, command, args, this.options.limit, environment);
    console.log(`  ${result.failure === undefined ? `${result.seconds.toFixed(1)} s` : `FAILED: ${result.failure}`}`);
    this.steps.push(result);
    return result;
  }
}

/** What a step printed last, as JSON; undefined where it failed. */
export function printed<Answer>({ failure, output }: StepResult): Answer | undefined {
  return failure === undefined ? (JSON.parse(output.trim().split('\n').at(-1)!) as Answer) : undefined;
}
