import { readSync, writeSync } from 'node:fs';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { openPair, plainCommit } from './tinyPair.ts';

/*
 * A commit of `folder`/base and sft into `folder`/out that can be caught at any of its steps: `slowCommit.ts FOLDER MODE STEPS HAPPENS`,
 * where the mode is `overwrite` or `keep`. It writes each step of its progress as a line, and after so many it is killed, or stands
 * still until its standard input ends. At its end it writes `done`, or in words what went wrong.
 */

const [folder, mode, steps, happens] = process.argv.slice(2) as [string, string, string, 'dies' | 'stands'];
const say = (line: string) => writeSync(1, `${line}\n`);
const pause = new Int32Array(new SharedArrayBuffer(4));
let step = 0;

try {
  await commitCheckpoint({
    ...plainCommit(folder, await openPair(folder)),
    overwrite: mode === 'overwrite',
    onProgress: ({ activity, doneBytes }) => {
      say(`${activity} ${doneBytes}`);
      if (++step === Number(steps)) {
        if (happens === 'dies') process.kill(process.pid, 'SIGKILL');
        readSync(0, Buffer.alloc(1));
      }
      // Above the time in which steps are told at most once, so that every chunk is a step.
      Atomics.wait(pause, 0, 0, 12);
    },
  });
  say('done');
} catch (error) {
  say(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
