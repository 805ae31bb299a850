import { close, read } from 'node:fs';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { openInputSync } from '../../files/reading/openInput.ts';
import { freeMachineBytes } from '../plan/memoryBudget.ts';

/* Reads the weights that are needed next into the system's page cache while the runtime computes. */

/** Bytes of a file. */
export interface FileSpan {
  readonly path: string;
  readonly begin: number;
  readonly byteLength: number;
}

/** As `read` of node:fs. */
export type Read = (
  file: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: () => void,
) => void;

/** What one read takes. Several are under way at a time: on the threads that Node keeps for files, four unless told. */
const chunkBytes = 2 ** 20;
const buffers = 4;
/** Of the machine's free memory, what may be filled ahead: more would push out what is not used yet. */
const ownShare = 1 / 4;

/** Spans that follow each other in a file as one. */
export function joined(spans: readonly FileSpan[]): FileSpan[] {
  const found: FileSpan[] = [];
  for (const span of spans.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.begin - b.begin))) {
    const last = found.at(-1);
    if (last !== undefined && last.path === span.path && last.begin + last.byteLength === span.begin) {
      found[found.length - 1] = { ...last, byteLength: last.byteLength + span.byteLength };
    } else found.push(span);
  }
  return found;
}

/**
 * Reads files into the system's page cache while the runtime holds the JavaScript thread: all reads are handed over at
 * once, and what they bring is thrown away. What cannot be read is left to whoever needs it and can say so.
 */
export class ReadAhead {
  readonly #buffers = Array.from({ length: buffers }, () => new Uint8Array(chunkBytes));
  readonly #read: Read;
  #reads = 0;

  constructor(readBytes: Read = read) {
    this.#read = readBytes;
  }

  /**
   * Hands over the reads of the spans, in the files' order, up to `mostBytes` in all.
   * @returns when they are done; nobody needs to wait for it
   */
  async start(spans: readonly FileSpan[], mostBytes = freeMachineBytes() * ownShare): Promise<void> {
    let left = Math.floor(mostBytes);
    const files = new Map<string, FileSpan[]>();
    for (const span of joined(spans)) {
      const byteLength = Math.min(span.byteLength, left);
      left -= byteLength;
      if (byteLength > 0) files.set(span.path, [...(files.get(span.path) ?? []), { ...span, byteLength }]);
    }
    await Promise.all([...files].map(([path, own]) => this.#readFile(path, own)));
  }

  #readFile(path: string, spans: readonly FileSpan[]): Promise<void> {
    let file: number;
    try {
      // Not later: once the runtime has the thread, nothing more would be handed over.
      file = openInputSync(path, inputKinds.weights).descriptor;
    } catch {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      let waiting = 1;
      const done = () => {
        waiting--;
        if (waiting === 0) close(file, () => resolve());
      };
      for (const { begin, byteLength } of spans) {
        for (let at = 0; at < byteLength; at += chunkBytes) {
          waiting++;
          const buffer = this.#buffers[this.#reads++ % buffers]!;
          this.#read(file, buffer, 0, Math.min(chunkBytes, byteLength - at), begin + at, done);
        }
      }
      done();
    });
  }
}
