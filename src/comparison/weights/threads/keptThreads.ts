import { RunError } from '../../../errors.ts';
import { DiffThread } from './diffThread.ts';

/*
 * Keeps threads that compare weights for the next comparison. A new one takes some 60 ms to start and then as much
 * again until its code is compiled: people compare one pair after the other, and a card's norms are a diff of their
 * own.
 */

const keptMilliseconds = 60_000;

interface Kept {
  readonly thread: DiffThread;
  readonly timer: NodeJS.Timeout;
}

let kept: readonly Kept[] = [];

/** A thread without a task: one that was kept, or a new one. @throws RunError when the project is not built */
export function takeThread(): DiffThread {
  const [first, ...others] = kept.filter(({ thread }) => !thread.ended);
  kept = others;
  if (first === undefined) return new DiffThread();
  clearTimeout(first.timer);
  return first.thread;
}

/** Keeps a thread whose task is closed for a minute; it does not keep the process alive. */
export function keepThread(thread: DiffThread): void {
  const timer = setTimeout(() => {
    kept = kept.filter((each) => each.thread !== thread);
    void thread.end(new RunError('A thread that compares weights was not needed for a while.'));
  }, keptMilliseconds);
  timer.unref();
  kept = [...kept, { thread, timer }];
}
