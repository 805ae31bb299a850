import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { openPair, plainCommit } from './tinyPair.ts';

/*
 * A commit of `folder`/base and sft into `folder`/out, replacing what is there, that kills itself: `killedCommit.ts
 * FOLDER POINT`, where the point is an activity, or a call of node:fs/promises and its number, such as `rename:2`.
 * The point `none` lets it go through; it then says in words what went wrong, if anything.
 */

const [folder, point] = process.argv.slice(2) as [string, string];

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal comes at once; this only tells the compiler.
  throw new Error('still alive');
}

const [call, number] = point.split(':');
for (const name of ['mkdir', 'rename', 'rm'] as const) {
  const original = fs.promises[name] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  Object.assign(fs.promises, {
    [name]: (...args: unknown[]) => (call === name && ++calls === Number(number) ? die() : original(...args)),
  });
}
syncBuiltinESMExports();

try {
  await commitCheckpoint({
    ...plainCommit(folder, await openPair(folder)),
    overwrite: true,
    onProgress: ({ activity }) => {
      if (activity === point) die();
    },
  });
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
}
