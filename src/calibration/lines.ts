import { InputError } from '../errors.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { inputChunks } from '../files/reading/readInput.ts';

/* Reads a text file line by line without holding all of it, so that a calibration file may have any size. */

export interface Line {
  /** Without its line end; a byte order mark before it is dropped. */
  readonly text: string;
  /** 1-based. */
  readonly number: number;
  /** Its length in the file, without the line feed. */
  readonly bytes: number;
}

/** A line longer than this is not calibration data but some other file. */
const maxLineBytes = 64 * 2 ** 20;

/** Read at a time. */
const chunkBytes = 64 * 2 ** 10;

const newline = 0x0a;

/**
 * Lines of a UTF-8 text file, streamed.
 * @throws InputError when the file cannot be read, is no regular file or too large, or a line is too long or not UTF-8
 * @throws ChangedInput when it was written to meanwhile
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  let parts: Buffer[] = [];
  let held = 0;
  const line = (): Line => {
    const bytes = Buffer.concat(parts);
    parts = [];
    held = 0;
    number++;
    try {
      return { text: decoder.decode(bytes).replace(/\r$/, ''), number, bytes: bytes.length };
    } catch (error) {
      throw new InputError(`"${path}", line ${number}: the line is not UTF-8 text.`, { cause: error });
    }
  };
  for await (const chunk of inputChunks(path, inputKinds.calibration, chunkBytes)) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, at));
      yield line();
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > maxLineBytes) {
      throw new InputError(`"${path}", line ${number + 1}: the line is over 64 MB long; is this a JSONL file?`);
    }
  }
  if (held > 0) yield line();
}
