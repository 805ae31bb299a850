import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shown, shownReason } from '../../files/reading/shown.ts';
import type { Grade } from '../../readiness/graders/grader.ts';

/*
 * Has a program of the user's grade answers: one process a batch, without a shell. It is given a line of JSON for each answer on its
 * standard input, `{"prompt": …, "answer": …, "response": …}`, and prints a line for each, in their order: `{"correct": true}`, and where it
 * likes `"answer"`, the final answer that it found. It inherits the environment, as any program that a user starts.
 */

/** What a program is asked about one answer. */
export interface GradedAnswer {
  /** The prompt's text, or its messages. */
  readonly prompt: unknown;
  /** The file's answer; `null` where it has none. */
  readonly answer: string | null;
  /** The sampled text. */
  readonly response: string;
}

export interface CommandGrader {
  readonly program: string;
  readonly args: readonly string[];
  /** Longest time for a batch. */
  readonly seconds: number;
}

/** For a batch, seconds, unless the user says otherwise. */
export const usualGraderSeconds = 600;

/** Whether a value that a user wrote is a program with its arguments. */
export function isProgram(words: unknown): words is readonly [string, ...string[]] {
  return Array.isArray(words) && words.every((word) => typeof word === 'string') && words.length > 0 && words[0] !== '';
}

const gradeSchema = z.object({ correct: z.boolean(), answer: z.string().nullish() });

/** More output than any batch's grades have, bytes. */
const mostOutput = 64e6;
/** Of standard error, its end is kept. */
const keptError = 2000;

/** The program and what it started. */
function kill(child: ChildProcess): void {
  try {
    // Its own process group, so that what it started ends with it. Windows has none.
    if (process.platform !== 'win32' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It is gone.
  }
}

interface Output {
  readonly text: string;
  /** The last line of standard error, in words; empty without one. */
  readonly said: string;
}

function runProgram({ program, args, seconds }: CommandGrader, input: string, signal: AbortSignal): Promise<Output> {
  const name = shown(program);
  return new Promise<Output>((resolve, reject) => {
    const child = spawn(program, args, {
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const parts: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    const fail = (error: Error) => {
      finish();
      kill(child);
      reject(error);
    };
    const timer = setTimeout(
      () =>
        fail(new RunError(`The grader ${name} did not end within ${seconds} s; give it longer with --grader-timeout.`)),
      seconds * 1000,
    );
    const abort = () => fail(new Interrupted('Stopped.'));
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is no such program' : shownReason(error.message);
      fail(new InputError(`The grader ${name} could not be started: ${why}.`));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostOutput) fail(new RunError(`The grader ${name} printed more than ${mostOutput / 1e6} MB.`));
      else parts.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-keptError);
    });
    // A program may end without reading to the end; what it printed decides.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code, by) => {
      finish();
      const last = errors.trim().split('\n').at(-1) ?? '';
      const said = last === '' ? '' : ` It said: ${shownReason(last)}`;
      if (code === 0) return resolve({ text: Buffer.concat(parts).toString('utf8'), said });
      const how = by === null ? `with exit code ${code}` : `by signal ${by}`;
      reject(new RunError(`The grader ${name} ended ${how}.${said}`));
    });
  });
}

/**
 * Grades a batch.
 *
 * @returns as many grades as answers, in their order
 * @throws InputError when the program cannot be started
 * @throws RunError when it fails, takes too long, or prints anything else than a grade an answer
 * @throws Interrupted on abort
 */
export async function gradeByCommand(
  grader: CommandGrader,
  answers: readonly GradedAnswer[],
  signal: AbortSignal,
): Promise<Grade[]> {
  if (answers.length === 0) return [];
  const { text, said } = await runProgram(
    grader,
    answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''),
    signal,
  );
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const name = shown(grader.program);
  if (lines.length !== answers.length) {
    throw new RunError(
      `The grader ${name} was given ${answers.length} answers and printed ${lines.length} lines: it must print one for each.${said}`,
    );
  }
  return lines.map((line, i): Grade => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    const grade = gradeSchema.safeParse(value);
    if (!grade.success) {
      throw new RunError(
        `The grader ${name} printed ${shown(line)} as line ${i + 1}, where {"correct": true} or {"correct": false} belongs.`,
      );
    }
    return { correct: grade.data.correct, answer: grade.data.answer ?? null };
  });
}
