import { InputError } from '../../errors.ts';
import { InputFile } from '../../files/reading/inputFile.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { refuseForeign, refuseTable } from './notRows.ts';
import { ParquetFile } from './parquet/parquetFile.ts';
import type { RowFile } from './row.ts';
import { ElementScanner } from './text/elementScanner.ts';
import { textLayout } from './text/jsonStart.ts';
import { LineScanner } from './text/lineScanner.ts';
import { TextFile } from './text/textFile.ts';
import { gzipSource, plainSource, type TextSource, utf16Source } from './text/textSource.ts';

/* Opens a calibration file by what it is rather than by its name. */

/** Of the beginning, what is looked at. */
const headBytes = 64 * 2 ** 10;

const utf8Mark = Buffer.of(0xef, 0xbb, 0xbf);

interface Head {
  readonly bytes: Buffer;
  /** It is the whole text. */
  readonly whole: boolean;
}

async function headOf(source: TextSource): Promise<Head> {
  const parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of source.chunks()) {
    parts.push(Buffer.from(chunk.subarray(0, headBytes - held)));
    held += parts.at(-1)!.length;
    if (held < headBytes && chunk.length > 0) continue;
    return { bytes: Buffer.concat(parts), whole: false };
  }
  return { bytes: Buffer.concat(parts), whole: true };
}

/** The encoding that a byte order mark names; UTF-16 without one is refused. */
function utf16Of({ bytes }: Head, path: string): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second, third, fourth] = bytes;
  const refuse = (what: string, from: string): never => {
    throw new InputError(
      `${quotedPath(path)} is ${what}: convert it to UTF-8, for example with iconv -f ${from} -t UTF-8 FILE > NEW.`,
    );
  };
  if (first === 0xff && second === 0xfe) {
    return third === 0 && fourth === 0 ? refuse('UTF-32', 'UTF-32') : 'utf-16le';
  }
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return refuse('UTF-32', 'UTF-32');
  const isStart = (byte: number | undefined) => byte === 0x7b || byte === 0x5b;
  if (isStart(first) && second === 0) return refuse('UTF-16 without a byte order mark', 'UTF-16LE');
  if (first === 0 && isStart(second)) return refuse('UTF-16 without a byte order mark', 'UTF-16BE');
  return undefined;
}

async function openText(file: number, path: string, input: InputFile, stored: TextSource): Promise<RowFile> {
  let source = stored;
  let head = await headOf(source);
  if (head.bytes.toString('latin1', 0, 4) === 'PAR1' || (head.bytes[0] === 0x1f && head.bytes[1] === 0x8b)) {
    throw new InputError(
      `${quotedPath(path)} is compressed by gzip around another compressed file: unpack it with gunzip.`,
    );
  }
  const encoding = utf16Of(head, path);
  if (encoding !== undefined) {
    source = utf16Source(source, encoding, path);
    head = await headOf(source);
  }
  refuseForeign(head.bytes, input.byteLength, path);
  const start = head.bytes.subarray(0, 3).equals(utf8Mark) ? 3 : 0;
  const layout = textLayout(head.bytes, head.whole, start);
  if (layout.kind === 'array') {
    return new TextFile({
      ...{ file, path, input, source, unit: 'element' },
      scanner: (onPlace) => new ElementScanner(path, layout.start, layout.alone, onPlace),
    });
  }
  refuseTable(head.bytes.subarray(start), path);
  return new TextFile({
    ...{ file, path, input, source, unit: 'line' },
    scanner: (onPlace) => new LineScanner(path, start, onPlace),
  });
}

/**
 * Opens a calibration file. Reads on the thread that calls it.
 *
 * @param file its index among the files that were given
 * @throws InputError when it cannot be read or is no container of rows, naming what it is
 */
export async function openRowFile(file: number, path: string): Promise<RowFile> {
  const input = new InputFile(path, inputKinds.calibration);
  try {
    const start = Buffer.alloc(Math.min(4, input.byteLength));
    input.read(start, 0);
    if (start.toString('latin1') === 'PAR1') return ParquetFile.open(file, path, input);
    const packed = start[0] === 0x1f && start[1] === 0x8b;
    return await openText(file, path, input, packed ? gzipSource(input, path) : plainSource(input));
  } catch (error) {
    input.close();
    throw error;
  }
}

/** Hears which file is being opened. */
export interface OpeningPlace {
  beginFile(index: number): void;
  endFile(): void;
}

/** Opens all calibration files, in their order. @throws InputError as {@link openRowFile} */
export async function openRowFiles(paths: readonly string[], place: OpeningPlace): Promise<RowFile[]> {
  const files: RowFile[] = [];
  try {
    for (const [index, path] of paths.entries()) {
      place.beginFile(index);
      files.push(await openRowFile(index, path));
      place.endFile();
    }
    return files;
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}
