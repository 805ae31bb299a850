import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../distFolder.ts';
import { LinePlace } from '../linePlace.ts';
import { HeldTime } from './heldTime.ts';
import type { TokenizerMessage, TokenizerOutcome, TokenizerRequest, TokenizerWorkerData } from './tokenizerMessages.ts';

/*
 * The process that tokenises. A tokenizer.json holds regular expressions, and nothing bounds the time they take; nor can a
 * thread be ended while it parses a line of 60 MB (measured: up to 27 s). So the work is done in a thread of this process,
 * which sees how far it is, and which the host can kill at any time.
 */

/** How often the thread is looked at, milliseconds. */
const lookMs = 100;

/** Messages to a host that is gone are for nobody. */
function send(message: TokenizerMessage, onSent = () => {}): void {
  process.send?.(message, undefined, undefined, onSent);
}

function serve({ task, lineLimitMs }: TokenizerRequest): void {
  const place = new LinePlace();
  const told = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TokenizerWorkerData = { task, place: place.shared, told: told.buffer };
  const worker = new Worker(join(distFolder, 'tokenizerWorker.cjs'), { workerData });
  worker.on('message', (outcome: TokenizerOutcome) => {
    if (outcome.type !== 'place') return send(outcome);
    send(outcome, () => {
      Atomics.store(told, 0, 1);
      Atomics.notify(told, 0);
    });
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      send({ type: 'outOfMemory', place: place.read() });
    } else {
      send({ type: 'fault', kind: 'other', message: error.message });
    }
  });
  let done = 0;
  const held = new HeldTime(lookMs);
  setInterval(() => {
    const now = place.read();
    if (now.done !== done) send({ type: 'progress', done: now.done, total: now.total });
    done = now.done;
    if (held.look(now) >= lineLimitMs) send({ type: 'slow', place: now });
  }, lookMs);
}

// Ctrl-C in a terminal reaches every process of the group; the host decides what it means.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
// The host is gone: nobody is left to answer to. A thread that is held up would hold an ordinary exit up.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', serve);
