// Begins to copy a file, and gets stuck in the midst of it: takes the paths of original, copy and note.
import { open } from 'node:fs/promises';
import { identityAt } from '../../../../src/files/reading/fileIdentity.ts';
import { takeCopy } from '../../../../src/run/staging/localCopy.ts';

const [original, copy, note] = process.argv.slice(2) as [string, string, string];

const handle = await open(original);
const prototype = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<unknown> };
await handle.close();
const { read } = prototype;
prototype.read = function stuck(this: unknown, ...args: unknown[]) {
  // Others than the copy's own are small.
  if (typeof args[2] !== 'number' || args[2] < 2 ** 20) return read.apply(this, args);
  process.stdout.write('stuck\n');
  return new Promise(() => setInterval(() => undefined, 1000));
};

await takeCopy({ original, identity: (await identityAt(original))!, copy, note }, new AbortController().signal);
