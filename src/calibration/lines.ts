import { InputError } from '../errors.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { inputChunks } from '../files/reading/readInput.ts';

export interface Line {
  /** Without its line end; a byte order mark before it is dropped. */
  readonly text: string;
  /** 1-based. */
  readonly number: number;
}

/** A line longer than this is not calibration data but some other file. */
const maxLineBytes = 64 * 2 ** 20;

const newline = 0x0a;

/**
 * Lines of one chunk are taken without a pause in between. Tokenising runs at 0.2 MB/s at worst (measured: random words
 * in a vocabulary of 150,000), so at 64 KiB other events wait for 0.3 s at most, unless lines are longer.
 */
const chunkBytes = 64 * 2 ** 10;

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
      return { text: decoder.decode(bytes).replace(/\r$/, ''), number };
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
