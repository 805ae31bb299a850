import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader } from '../../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { rawSafetensors } from '../tinyCheckpoint.ts';
import type { BadInput } from './row.ts';

function file(what: string, bytes: string | Uint8Array, message: string): BadInput {
  const read = async (folder: string) => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, bytes);
    return readSafetensorsHeader(path);
  };
  return { what, read, message };
}

function header(what: string, text: string, dataBytes: number, message: string): BadInput {
  return file(what, rawSafetensors(text, dataBytes), message);
}

/** A header of the tensors `a` and, if given, `b`. */
function tensors(a: unknown, b?: unknown): string {
  return JSON.stringify(b === undefined ? { a } : { a, b });
}

const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

/** Files that are not what the safetensors format promises. */
export const badHeaders: readonly BadInput[] = [
  {
    what: 'a file that is not there',
    read: (folder) => readSafetensorsHeader(join(folder, 'model.safetensors')),
    message: 'Cannot read "DIR/model.safetensors": there is no such file.',
  },
  {
    what: 'a folder in place of a file',
    read: async (folder) => {
      await mkdir(join(folder, 'model.safetensors'));
      return readSafetensorsHeader(join(folder, 'model.safetensors'));
    },
    message: 'Cannot read "DIR/model.safetensors": it is a folder, not a file.',
  },
  file('an empty file', '', '"DIR/model.safetensors" is empty: download or copy it again.'),
  file(
    'fewer bytes than the header length takes',
    Uint8Array.of(1, 0, 0, 0, 0),
    '"DIR/model.safetensors" is truncated: a safetensors file starts with 8 bytes that give its header\'s length, but it has only 5 bytes; download or copy it again.',
  ),
  file(
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    '"DIR/model.safetensors" is a Git LFS pointer, not the file itself: run "git lfs pull" in its folder.',
  ),
  file(
    'a header longer than the file',
    rawSafetensors('{}', 0, 3),
    '"DIR/model.safetensors" is truncated: its header should have 3 bytes, but only 2 bytes follow; download or copy it again.',
  ),
  file(
    'a header of more than 100 MB',
    rawSafetensors('{}', 0, 100_000_001),
    '"DIR/model.safetensors" is not a safetensors file: its header would have 100,000,001 bytes, but the format allows at most 100,000,000 bytes.',
  ),
  file(
    'a header length of 2^64 - 1',
    rawSafetensors('{}', 0, 2n ** 64n - 1n),
    '"DIR/model.safetensors" is not a safetensors file: its header would have 18,446,744,073,709,551,615 bytes, but the format allows at most 100,000,000 bytes.',
  ),
  file(
    'a header length of 0',
    rawSafetensors('', 4),
    '"DIR/model.safetensors" is not a safetensors file: its header does not start with "{".',
  ),
  header(
    'a header that starts with a space',
    ' {}',
    0,
    '"DIR/model.safetensors" is not a safetensors file: its header does not start with "{".',
  ),
  header(
    'a header that is an array',
    '[]',
    0,
    '"DIR/model.safetensors" is not a safetensors file: its header does not start with "{".',
  ),
  header(
    'a header that is cut off',
    '{"a":{"dtype":"F32"',
    0,
    'The header of "DIR/model.safetensors" is not valid JSON; download or copy it again.',
  ),
  header(
    'text after the header object',
    '{} x',
    0,
    'The header of "DIR/model.safetensors" is not valid JSON; download or copy it again.',
  ),
  file(
    'a header that is not UTF-8',
    rawSafetensors(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0),
    '"DIR/model.safetensors" is not a safetensors file: its header is not UTF-8.',
  ),
  header(
    'a tensor name given twice',
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
    2,
    'The header of "DIR/model.safetensors" is refused: it uses the name "a" twice in one object.',
  ),
  header(
    'a tensor name given twice, once in escapes',
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    1,
    'The header of "DIR/model.safetensors" is refused: it uses the name "a" twice in one object.',
  ),
  header(
    'a dtype given twice',
    '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
    1,
    'The header of "DIR/model.safetensors" is refused: it uses the name "dtype" twice in one object.',
  ),
  header(
    'a tensor named __proto__',
    '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    1,
    'The header of "DIR/model.safetensors" is refused: it uses the name "__proto__".',
  ),
  header(
    '__proto__ inside a tensor',
    '{"a":{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}',
    1,
    'The header of "DIR/model.safetensors" is refused: it uses the name "__proto__".',
  ),
  header(
    'arrays nested 100,000 deep',
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    0,
    'The header of "DIR/model.safetensors" is refused: its JSON nests deeper than 64 levels.',
  ),
  header(
    'deep nesting hidden by a name given twice',
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"a":1}`,
    0,
    'The header of "DIR/model.safetensors" is refused: its JSON nests deeper than 64 levels.',
  ),
  header(
    'a tensor name that is half a character',
    '{"\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    1,
    '"DIR/model.safetensors": tensor "\\ud800" has a name that is not valid Unicode.',
  ),
  header(
    'a tensor name that turns the text around',
    '{"a\\u202eb":{"dtype":"X","shape":[1],"data_offsets":[0,1]}}',
    1,
    '"DIR/model.safetensors": tensor "a\\u{202e}b" has the unknown dtype "X".',
  ),
  header(
    'a tensor that is null',
    tensors(null),
    0,
    '"DIR/model.safetensors": tensor "a" is not described by a JSON object.',
  ),
  header(
    'a tensor without dtype',
    tensors({ shape: [1], data_offsets: [0, 1] }),
    1,
    '"DIR/model.safetensors": tensor "a" has no dtype.',
  ),
  header(
    'an unknown dtype',
    tensors({ dtype: 'Q4_K', shape: [1], data_offsets: [0, 1] }),
    1,
    '"DIR/model.safetensors": tensor "a" has the unknown dtype "Q4_K".',
  ),
  header(
    'a dtype named like an object member',
    tensors({ dtype: 'constructor', shape: [1], data_offsets: [0, 1] }),
    1,
    '"DIR/model.safetensors": tensor "a" has the unknown dtype "constructor".',
  ),
  header(
    'an 8-bit float dtype',
    tensors({ dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] }),
    1,
    '"DIR/model.safetensors": tensor "a" has the dtype "F8_E4M3", which is not supported: use a checkpoint in BF16, F16 or F32.',
  ),
  header(
    'a negative size',
    tensors(f32(0, 4, [-1])),
    4,
    '"DIR/model.safetensors": tensor "a" has the shape [-1], which is not a list of whole numbers from 0 up.',
  ),
  header(
    'a fractional size',
    tensors(f32(0, 4, [1.5])),
    4,
    '"DIR/model.safetensors": tensor "a" has the shape [1.5], which is not a list of whole numbers from 0 up.',
  ),
  header(
    'a size beyond exact integers',
    tensors(f32(0, 0, [2 ** 53, 0])),
    0,
    '"DIR/model.safetensors": tensor "a" has the shape [9007199254740992,0], which is not a list of whole numbers from 0 up.',
  ),
  header(
    'sizes whose product overflows',
    tensors(f32(0, 4, [2 ** 32, 2 ** 32])),
    4,
    '"DIR/model.safetensors": tensor "a" has the shape [4294967296, 4294967296], which is too large to exist.',
  ),
  header(
    'a shape that is no list',
    tensors(f32(0, 4, 1)),
    4,
    '"DIR/model.safetensors": tensor "a" has the shape 1, which is not a list of whole numbers from 0 up.',
  ),
  header(
    'one offset',
    tensors({ dtype: 'U8', shape: [1], data_offsets: [0] }),
    1,
    '"DIR/model.safetensors": tensor "a" has the data_offsets [0], which are not two whole numbers from 0 up.',
  ),
  header(
    'offsets that are text',
    tensors({ dtype: 'U8', shape: [1], data_offsets: ['0', '1'] }),
    1,
    '"DIR/model.safetensors": tensor "a" has the data_offsets ["0","1"], which are not two whole numbers from 0 up.',
  ),
  header(
    'an end before the begin',
    tensors({ dtype: 'U8', shape: [1], data_offsets: [2, 1] }),
    2,
    '"DIR/model.safetensors": tensor "a" ends at byte 1 of the data, before its begin at 2.',
  ),
  header(
    'a shape that contradicts the offsets',
    tensors(f32(0, 8, [3])),
    8,
    '"DIR/model.safetensors": tensor "a" is F32 [3] and so has 12 bytes, but its data_offsets span 8 bytes.',
  ),
  header(
    'tensors that overlap',
    tensors(f32(0, 8), f32(4, 12)),
    12,
    '"DIR/model.safetensors": the bytes of tensors "a" and "b" overlap by 4 bytes.',
  ),
  header(
    'a hole between tensors',
    tensors(f32(0, 4), f32(8, 12)),
    12,
    '"DIR/model.safetensors": no tensor owns the 4 bytes between tensors "a" and "b".',
  ),
  header(
    'a hole before the first tensor',
    tensors(f32(4, 8)),
    8,
    '"DIR/model.safetensors": no tensor owns the 4 bytes before tensor "a".',
  ),
  header(
    'data cut off',
    tensors(f32(0, 8), f32(8, 16)),
    15,
    '"DIR/model.safetensors" is truncated: its tensors have 16 bytes, but the file holds only 15 bytes of them; download or copy it again.',
  ),
  header(
    'bytes after the last tensor',
    tensors(f32(0, 8)),
    9,
    '"DIR/model.safetensors" is too long: its tensors end 1 byte before the file does; download or copy it again.',
  ),
  header(
    'bytes after a header without tensors',
    '{}',
    1,
    '"DIR/model.safetensors" is too long: its tensors end 1 byte before the file does; download or copy it again.',
  ),
  header(
    'metadata that is no object',
    '{"__metadata__":[]}',
    0,
    '"DIR/model.safetensors": "__metadata__" of its header is not a JSON object.',
  ),
  header(
    'metadata that is no text',
    '{"__metadata__":{"format":1}}',
    0,
    '"DIR/model.safetensors": "format" in the "__metadata__" of its header is not a string of valid Unicode.',
  ),
];
