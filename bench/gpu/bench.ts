import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import type { Device } from '../../src/settings/devices.ts';
import type { BenchOptions } from './options.ts';
import type { PyTorch } from './pytorch.ts';
import { notBegun, runStep, type StepResult } from './step.ts';

/** Something that there was no time for. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

const noTime = 'the time given by --minutes was over';
/** Less is not worth beginning a step, seconds. */
const leastSeconds = 3;

/** A run of the bench: its settings, its steps and how they are taken. */
export class Bench {
  readonly steps: StepResult[] = [];
  readonly leftOut: LeftOut[] = [];
  /** Folders that are removed when the bench is stopped. */
  readonly folders = new Set<string>();
  readonly options: BenchOptions;
  readonly pytorch: PyTorch | undefined;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #deadline: number;
  /** The device that is measured first of all. */
  device: Device | undefined;
  /** Is told after every step, so that nothing that was measured is lost with this process. */
  onStep: () => void = () => undefined;

  /** @param environment of our own programs, beside this process's */
  constructor(options: BenchOptions, pytorch: PyTorch | undefined, environment: Readonly<Record<string, string>>) {
    this.options = options;
    this.pytorch = pytorch;
    this.#environment = environment;
    // From when the program began, which includes looking for PyTorch.
    this.#deadline = options.minutes === 0 ? Number.POSITIVE_INFINITY : options.minutes * 60;
  }

  /** Seconds until the time given by --minutes is over; infinite without one. */
  get secondsLeft(): number {
    return this.#deadline - performance.now() / 1000;
  }

  /** Says that something is not done for lack of time. */
  leaveOut(what: string, why: string): void {
    console.log(`${what}: left out, ${why}`);
    this.leftOut.push({ what, why });
    this.onStep();
  }

  /** A step by the command line. */
  cli(name: string, ...args: string[]): Promise<StepResult> {
    return this.#run(name, process.execPath, [join(distFolder, 'cli.cjs'), ...args], this.#environment);
  }

  /** A step by work.ts. @param environment beside that of all */
  work(
    name: string,
    args: readonly string[],
    environment: Readonly<Record<string, string | undefined>> = {},
  ): Promise<StepResult> {
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
    this.onStep();
  }

  async #run(
    name: string,
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    const left = this.secondsLeft;
    if (left < leastSeconds) {
      this.leaveOut(name, noTime);
      return notBegun(name, noTime);
    }
    console.log(`${name} …`);
    const { limit } = this.options;
    const result = await runStep(
      name,
      command,
      args,
      Math.min(left, limit),
      environment,
      left < limit ? 'minutes' : 'limit',
    );
    console.log(`  ${result.failure === undefined ? `${result.seconds.toFixed(1)} s` : `FAILED: ${result.failure}`}`);
    this.steps.push(result);
    this.onStep();
    return result;
  }
}

/** What a step printed last, as JSON; undefined where it failed. */
export function printed<Answer>({ failure, output }: StepResult): Answer | undefined {
  return failure === undefined ? (JSON.parse(output.trim().split('\n').at(-1)!) as Answer) : undefined;
}
