import { InputError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';

/* Names what a file is that people take for calibration data and that is none, and what to do with it. */

const toJsonl = 'to_json("calibration.jsonl")';
const unpackFirst = (command: string) => `unpack it (${command}) and give what is in it`;

interface Foreign {
  readonly what: string;
  readonly todo: string;
}

function begins(bytes: Buffer, start: string | readonly number[]): boolean {
  const wanted = typeof start === 'string' ? Buffer.from(start, 'latin1') : Buffer.from(start);
  return bytes.subarray(0, wanted.length).equals(wanted);
}

const starts: readonly (readonly [start: string | readonly number[], foreign: Foreign])[] = [
  [
    'ARROW1',
    { what: 'an Arrow IPC file', todo: `convert it with Python: datasets.Dataset.from_file(FILE).${toJsonl}` },
  ],
  [
    [0xff, 0xff, 0xff, 0xff],
    { what: 'an Arrow stream', todo: `convert it with Python: datasets.Dataset.from_file(FILE).${toJsonl}` },
  ],
  ['PARE', { what: 'an encrypted Parquet file', todo: 'write it without encryption' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { what: 'compressed by zstd', todo: unpackFirst('zstd -d FILE') }],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], { what: 'compressed by xz', todo: unpackFirst('xz -d FILE') }],
  ['BZh', { what: 'compressed by bzip2', todo: unpackFirst('bzip2 -d FILE') }],
  [[0x04, 0x22, 0x4d, 0x18], { what: 'compressed by lz4', todo: unpackFirst('lz4 -d FILE') }],
  [[0x37, 0x7a, 0xbc, 0xaf], { what: 'a 7z archive', todo: unpackFirst('7z x FILE') }],
  ['Rar!', { what: 'a RAR archive', todo: unpackFirst('unrar x FILE') }],
  ['SQLite format 3\0', { what: 'an SQLite database', todo: 'export the table as JSONL' }],
  [[0x89, 0x48, 0x44, 0x46], { what: 'an HDF5 file', todo: 'export its rows as JSONL' }],
  ['Obj\x01', { what: 'an Avro file', todo: 'export its rows as JSONL' }],
  ['ORC', { what: 'an ORC file', todo: 'export its rows as JSONL or Parquet' }],
  ['\x93NUMPY', { what: 'a NumPy array', todo: 'give the texts themselves, as JSONL' }],
  ['GGUF', { what: 'a GGUF model', todo: 'give a file of prompt-response pairs' }],
  ['%PDF', { what: 'a PDF', todo: 'give a file of prompt-response pairs' }],
];

function zipped(bytes: Buffer): Foreign {
  const names = bytes.toString('latin1');
  if (names.includes('xl/') || names.includes('[Content_Types].xml')) {
    return {
      what: 'an Excel workbook',
      todo: `convert it with Python: pandas.read_excel(FILE).to_json("calibration.jsonl", orient="records", lines=True)`,
    };
  }
  if (names.includes('data.pkl')) return { what: 'a PyTorch file', todo: 'save its rows as JSONL' };
  return { what: 'a zip archive', todo: unpackFirst('unzip FILE') };
}

function isSafetensors(bytes: Buffer, byteLength: number): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b || bytes[9] !== 0x22) return false;
  return bytes.readBigUInt64LE(0) <= BigInt(byteLength);
}

function isTar(bytes: Buffer): boolean {
  return bytes.toString('latin1', 257, 262) === 'ustar';
}

function foreignText(bytes: Buffer): Foreign | undefined {
  const text = bytes.toString('latin1').trimStart();
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return { what: 'a Git LFS pointer, not the data', todo: 'fetch it with git lfs pull' };
  }
  if (/^<(!doctype html|html|\?xml)/i.test(text)) {
    return { what: 'a web page, not data: a download that failed leaves one', todo: 'download the file again' };
  }
  return undefined;
}

/** The first line's fields are separated by commas, semicolons or tabs, as a table's head is. */
function isTable(bytes: Buffer): boolean {
  const [line = ''] = bytes.toString('utf8').split(/\r?\n/, 1);
  return /^[\w"][^{}[\]]*[,;\t]/.test(line) && !/^"[^"]*"\s*$/.test(line);
}

/**
 * @param bytes the beginning of the file, some kB
 * @throws InputError when it is known to be something else than rows
 */
export function refuseForeign(bytes: Buffer, byteLength: number, path: string): void {
  const found =
    starts.find(([start]) => begins(bytes, start))?.[1] ??
    (begins(bytes, 'PK\x03\x04') ? zipped(bytes) : undefined) ??
    (isSafetensors(bytes, byteLength)
      ? { what: 'weights (safetensors)', todo: 'give a file of prompt-response pairs' }
      : undefined) ??
    (isTar(bytes) ? { what: 'a tar archive', todo: unpackFirst('tar -xf FILE') } : undefined) ??
    (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5
      ? { what: 'a Python pickle', todo: 'save its rows as JSONL' }
      : undefined) ??
    foreignText(bytes);
  if (found !== undefined) throw refusal(path, found);
}

/** @throws InputError when text that is neither an object nor an array is a table */
export function refuseTable(bytes: Buffer, path: string): void {
  if (!isTable(bytes)) return;
  throw refusal(path, {
    what: 'a table of text (CSV or TSV)',
    todo: 'convert it with Python: pandas.read_csv(FILE).to_json("calibration.jsonl", orient="records", lines=True)',
  });
}

function refusal(path: string, { what, todo }: Foreign): InputError {
  return new InputError(
    `${quotedPath(path)} is ${what}. Calibration is read from JSONL, a JSON array, either of them in gzip, or Parquet: ${todo}.`,
  );
}
