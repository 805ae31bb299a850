import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder } from '../../distFolder.ts';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shownBytes } from '../../files/reading/shown.ts';
import { errorOf } from '../../files/threads/fault.ts';
import type { Place } from '../linePlace.ts';
import { rowPlace } from '../rows/row.ts';
import type { TokenizerAnswer, TokenizerMessage, TokenizerRequest, TokenizerTask } from './tokenizerMessages.ts';

/**
 * Longest time for one line, milliseconds of computing. Tokenising runs at 0.2 MB/s at worst (measured: random words in a vocabulary of
 * 150,000), so that this is enough for 6 MB, of which a run uses some thousand tokens: whatever takes longer does not end.
 */
const usualLimitMs = 30_000;

/** So many of the last characters that a process writes are kept: V8's reason, and the stack below it. */
const lastWordsLength = 2 ** 14;

/** Before any file was opened. */
const nowhere: Place = { turn: 0, file: -1, unit: 'line', line: 0, lineBytes: 0, done: 0, total: 0 };

export interface TokenizerControl {
  /** Kills the process, whatever it does. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time for one line, milliseconds of computing; 30,000 unless said. */
  readonly lineLimitMs?: number | undefined;
  /** Hears how many bytes of a calibration file are done, of how many, ten times a second at most. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

function start(): ChildProcess {
  const entry = join(distFolder, 'tokenizer.cjs');
  if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
  return fork(entry, {
    // Carries typed arrays as they are.
    serialization: 'advanced',
    // Loaders and flags of the host are not for a built file.
    execArgv: [],
    // V8 says there why it ends a process.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Desktop VS Code's Node is Electron, which otherwise would open a window. Node itself does not look at it.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
}

/** Kills the process and does not wait for it: giving much memory back takes a while. */
function end(child: ChildProcess): void {
  child.removeAllListeners();
  // What is still under way to it fails when it is gone.
  child.on('error', () => {});
  child.kill('SIGKILL');
  child.stderr?.destroy();
  if (child.connected) child.disconnect();
  child.unref();
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

/** The file that the work is at. */
function subject(task: TokenizerTask, { file }: Place): { readonly path: string; readonly tokenizerPath: string } {
  if (task.type === 'prompts') return { path: task.options.tokenizerPath, tokenizerPath: task.options.tokenizerPath };
  if (task.type !== 'calibration') return { path: task.tokenizerPath, tokenizerPath: task.tokenizerPath };
  const { paths, tokenizerPath } = task.options;
  return { path: paths[file] ?? tokenizerPath, tokenizerPath };
}

/** The row that the work is at, for messages. */
function rowOf(task: TokenizerTask, place: Place): { readonly where: string; readonly what: string } {
  if (task.type === 'prompts') return { where: `Prompt ${place.line}`, what: 'prompt' };
  return { where: rowPlace(subject(task, place).path, place.unit, place.line), what: place.unit };
}

function slowFault(task: TokenizerTask, place: Place, limitMs: number): InputError {
  const { path, tokenizerPath } = subject(task, place);
  const { line, lineBytes } = place;
  const { where, what } = rowOf(task, place);
  if (line === 0) {
    return new InputError(`"${path}" could not be opened within ${seconds(limitMs)}: it is damaged. Write it anew.`);
  }
  return new InputError(
    `${where}: the tokenizer did not finish it within ${seconds(limitMs)}. Either the ${what} is too long ` +
      `(${shownBytes(lineBytes)}): shorten it or leave it out; or a regular expression in "${tokenizerPath}" goes through ever ` +
      'more ways to match it: use the tokenizer.json that the model was published with.',
  );
}

function memoryFault(task: TokenizerTask, place: Place): InputError {
  const { path, tokenizerPath } = subject(task, place);
  const { line, lineBytes } = place;
  const { where, what } = rowOf(task, place);
  // Between two rows: what is held altogether is too much. A tokenizer is loaded before the first of them.
  if (place.turn > 0 && place.turn % 2 === 0) {
    const all = task.type === 'calibration' ? `The rows of "${path}"` : 'The prompts';
    return new InputError(`${all} take more memory than there is. Take fewer, or a machine with more memory.`);
  }
  if (line === 0) {
    const cannot = path === tokenizerPath ? 'used' : 'read';
    return new InputError(`"${path}" cannot be ${cannot}: it takes more memory than there is.`);
  }
  return new InputError(
    `${where}: tokenising it takes more memory than there is; the ${what} has ${shownBytes(lineBytes)}. ` +
      'Shorten it or leave it out.',
  );
}

/** V8 ends the whole process where it cannot end the thread alone, for one allocation that is too large at once for example. */
const memoryEnd = /^(FATAL ERROR|# Fatal).*(out of memory|OOM|invalid size)/m;

/**
 * The error of a process that ended by itself.
 *
 * @param place that it told of last
 */
function endFault(task: TokenizerTask, place: Place, lastWords: string, how: string): Error {
  if (!memoryEnd.test(lastWords)) {
    return new RunError(`The process that tokenises was ended ${how}. The system may have run out of memory.`);
  }
  return memoryFault(task, place);
}

/** The error that ends the work, or undefined when it goes on. */
function endingOf(message: TokenizerMessage, task: TokenizerTask, limitMs: number): Error | undefined {
  switch (message.type) {
    case 'fault':
      return errorOf(message);
    case 'slow':
      return slowFault(task, message.place, limitMs);
    case 'outOfMemory':
      return memoryFault(task, message.place);
    default:
      return undefined;
  }
}

/**
 * Has a process of its own do what a tokenizer.json takes part in: its regular expressions may never end, and nothing but
 * killing the process stops them for certain. Nothing of the file is looked at here.
 *
 * @param onAnswer hears what is found, in order
 * @throws InputError as the work does; naming the line that takes longer than it may, or too much memory
 * @throws Interrupted by the signal, at once
 * @throws RunError when the process ends by itself
 */
export async function inTokenizerProcess(
  task: TokenizerTask,
  { signal, lineLimitMs = usualLimitMs, onProgress }: TokenizerControl,
  onAnswer: (answer: TokenizerAnswer) => void,
): Promise<void> {
  if (signal?.aborted) throw new Interrupted('Stopped.');
  const child = start();
  let abort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(new Interrupted('Stopped.'));
      signal?.addEventListener('abort', abort, { once: true });
      child.on('error', (error) =>
        reject(new RunError(`The process that tokenises failed: ${error.message}`, { cause: error })),
      );
      let lastWords = '';
      child.stderr!.setEncoding('utf8').on('data', (words: string) => {
        lastWords = (lastWords + words).slice(-lastWordsLength);
      });
      let place = nowhere;
      // When what it wrote has been read too.
      child.on('close', (code, by) => {
        reject(endFault(task, place, lastWords, by === null ? `with exit code ${code}` : `by signal ${by}`));
      });
      child.on('message', (message: TokenizerMessage) => {
        if (message.type === 'answer') onAnswer(message.answer);
        else if (message.type === 'place') place = message.place;
        else if (message.type === 'progress') onProgress?.(message.done, message.total);
        else if (message.type === 'done') resolve();
        else reject(endingOf(message, task, lineLimitMs));
      });
      child.send({ task, lineLimitMs } satisfies TokenizerRequest);
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    end(child);
  }
}
