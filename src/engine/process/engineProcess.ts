import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { distFolder } from '../../distFolder.ts';
import { RunError } from '../../errors.ts';
import { noTelemetry } from '../device/telemetry.ts';
import { endOfProcess, type ProcessEnd } from './processEnd.ts';

/* One engine process: how it is started, talked to and ended. */

/** How long a cancelled engine may take to finish the run it is in before it is killed, ms. */
const graceMs = 3000;
const keptErrorOutput = 2000;
/**
 * glibc gives back what is freed only from blocks that have a mapping of their own, and on its own raises the size from
 * which they do to 32 MB: of a segment's 1.6 GB 0.5–0.9 GB then stay behind when it is released. Fixed at 1 MiB nothing does.
 */
const returnsMemory = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

/** The process is gone before it answered: killed, crashed, or never started. */
export class EngineDeath extends RunError {
  /** `by signal SIGKILL`. */
  readonly how: string;

  constructor(how: string, message: string) {
    super(message);
    this.how = how;
  }
}

/** A forked engine and the connection to it. */
export class EngineProcess {
  readonly connection: MessageConnection;
  readonly #child: ChildProcess;
  readonly #ended: Promise<EngineDeath>;
  #errorOutput = '';

  /** @param environment variables of the process, beside the host's own; those undefined it is not to have */
  constructor(environment: Readonly<Record<string, string | undefined>> = {}) {
    const entry = join(distFolder, 'engine.cjs');
    if (!existsSync(entry)) throw new RunError(`${entry} is missing: build the project (npm run build).`);
    // `advanced` carries typed arrays as they are; JSON would spell every score out.
    this.#child = fork(entry, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Desktop VS Code's Node is Electron, which otherwise would open a window. Node itself does not look at it.
      env: { ...returnsMemory, ...process.env, ...environment, ...noTelemetry, ELECTRON_RUN_AS_NODE: '1' },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString()).slice(-keptErrorOutput);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) =>
        resolve(new EngineDeath('before it ran', `The engine process did not start: ${error.message}`)),
      );
      void endOfProcess(this.#child).then((end) => resolve(this.#deathOf(end)));
    });
    this.connection = createMessageConnection(new IPCMessageReader(this.#child), new IPCMessageWriter(this.#child));
    // A broken pipe is reported by the exit that follows it.
    this.connection.onError(() => {});
    this.connection.listen();
  }

  /** The answer; throws `EngineDeath`, which says how, when the process dies first. */
  async answerOrDeath<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const death = this.#ended.then((error) => Promise.reject(error));
    try {
      return await Promise.race([ask(), death]);
    } catch (error) {
      if (error instanceof ResponseError || error instanceof EngineDeath) throw error;
      // The connection failed: between the process's death and the news of it, or it cannot be talked to any more.
      this.#child.kill('SIGKILL');
      throw await this.#ended;
    }
  }

  /** Kills the process unless `done` settles within the grace period. */
  async killUnless(done: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await done.catch(() => {});
    clearTimeout(timer);
  }

  async end(): Promise<void> {
    this.connection.dispose();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #deathOf({ code, signal }: ProcessEnd): EngineDeath {
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
    const hint =
      signal === 'SIGKILL' ? ' The system may have run out of memory: try a smaller --memory.' : this.#lastErrorLine();
    const message = `The engine process was ended ${how}.${hint} What was finished is kept; run again to go on.`;
    return new EngineDeath(how, message);
  }

  /** The error in what the process printed, or else its last line. */
  #lastErrorLine(): string {
    const lines = this.#errorOutput
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    const line = lines.findLast((each) => /error\b/i.test(each)) ?? lines.at(-1);
    return line === undefined ? '' : ` It said: ${line}.`;
  }
}
