import { parentPort } from 'node:worker_threads';
import { faultOf } from './fault.ts';
import type { TaskAnswer } from './taskThread.ts';

/* What runs in a `TaskThread`: answers task after task, until it is terminated. */

/** Has this thread do `work` for each task that it is sent; a task is sent once the one before is answered. */
export function answerTasks<Task, Result>(work: (task: Task) => Promise<Result>): void {
  const answerTo = async (task: Task): Promise<TaskAnswer<Result>> => {
    try {
      return { type: 'done', result: await work(task) };
    } catch (error) {
      return faultOf(error);
    }
  };
  parentPort!.on('message', async (task: Task) => parentPort!.postMessage(await answerTo(task)));
}
