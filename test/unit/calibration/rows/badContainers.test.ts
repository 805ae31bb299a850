import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InputError } from '../../../../src/errors.ts';
import { allRows, allValues, chosenValues, rowFixtures, sameRows } from './rowFixtures.ts';

const bytesOf = (name: string) => readFileSync(join(rowFixtures, name));

function safetensors(): Buffer {
  const header = Buffer.from('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

const foreign: readonly (readonly [what: string, bytes: Buffer | string, said: RegExp])[] = [
  ['a zip archive', 'PK\x03\x04\x14\0\0\0 pairs.jsonl', /^"FILE" is a zip archive\. .*: unpack it \(unzip FILE\)/],
  ['an Excel workbook', 'PK\x03\x04\x14\0 [Content_Types].xml', /^"FILE" is an Excel workbook\. .*pandas\.read_excel/],
  ['an Arrow file', 'ARROW1\0\0', /^"FILE" is an Arrow IPC file\. .*Dataset\.from_file/],
  ['an Arrow stream', Buffer.of(0xff, 0xff, 0xff, 0xff, 0x70, 1, 0, 0), /^"FILE" is an Arrow stream\./],
  ['a CSV file', 'prompt,response\nhello,world\n', /^"FILE" is a table of text \(CSV or TSV\)\. .*pandas\.read_csv/],
  ['a TSV file', 'prompt\tresponse\n', /^"FILE" is a table of text/],
  ['weights', safetensors(), /^"FILE" is weights \(safetensors\)\./],
  ['a web page', '\n<!DOCTYPE html><html>Not found', /^"FILE" is a web page, not data/],
  [
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
    /^"FILE" is a Git LFS pointer, not the data\. .*: fetch it with git lfs pull\.$/,
  ],
  ['zstd', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0), /^"FILE" is compressed by zstd\. .*zstd -d FILE/],
  ['a pickle', Buffer.of(0x80, 4, 0x95, 0), /^"FILE" is a Python pickle\./],
  ['a tar archive in gzip', gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')])), /is a tar archive/],
  ['gzip in gzip', gzipSync(gzipSync('{}')), /^"FILE" is compressed by gzip around another compressed file/],
  [
    'UTF-16 without a mark',
    Buffer.from('{"a": 1}', 'utf16le'),
    /^"FILE" is UTF-16 without a byte order mark: .*UTF-16LE/,
  ],
  ['UTF-32', Buffer.of(0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0), /^"FILE" is UTF-32: convert it to UTF-8/],
  ['half a UTF-16 text', Buffer.of(0xff, 0xfe, 0x7b), /begins as UTF-16 but is not UTF-16 text to its end/],
  ['an array that is cut off', '[{"a": 1}, {"a": "[', /^"FILE" is cut off: it ends within its array, in element 2\./],
  [
    'an array that is cut off between',
    '[{"a": 1}, ',
    /^"FILE" is cut off: it ends within its array, after element 1\./,
  ],
  ['two arrays', '[{"a": 1}]\n[{"a": 2}]', /^"FILE" goes on after the end of its JSON array\./],
  ['a bracket too many', '[{"a": 1}}, 2]', /^"FILE", element 1: a bracket is closed that was not opened\.$/],
  ['an element that is no JSON', '[{"a": 1}, {"a" 1}]', /^"FILE", element 2: the element is not JSON\.$/],
  ['nesting', `[1, ${'['.repeat(100_000)}${']'.repeat(100_000)}]`, /^"FILE", element 2: /],
  [
    'gzip that is cut off',
    bytesOf('rows.jsonl.gz').subarray(0, 900),
    /^"FILE" cannot be unpacked: it is cut off or damaged/,
  ],
  ['damaged gzip', damaged(bytesOf('rows.jsonl.gz'), 500), /^"FILE" cannot be unpacked: it is cut off or damaged/],
  ['the beginning of a Parquet file', 'PAR1', /^"FILE" begins as Parquet but does not end so: it is cut off/],
  ['encrypted Parquet', 'PAREaaaaaaaaPARE', /^"FILE" is an encrypted Parquet file/],
  ['a Parquet footer of any length', 'PAR1aaaa\xff\xff\xff\x7fPAR1', /its footer is said to have 2,147,483,647 bytes/],
  [
    'a Parquet footer of nothing',
    'PAR1aaaa\0\0\0\0PAR1',
    /^"FILE" is a damaged Parquet file, or of a kind that is not read/,
  ],
];

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, at, at + 40);
  return copy;
}

describe('what is no calibration file', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rows-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const file = () => join(folder, 'pairs.jsonl');

  for (const [what, bytes, said] of foreign) {
    it(`${what} is named`, async () => {
      writeFileSync(file(), typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
      await assert.rejects(allValues(file()), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message.replaceAll(file(), 'FILE'), said);
        return true;
      });
    });
  }

  it('a text that is not UTF-8 in a Parquet file is named by row and column', async () => {
    const bytes = bytesOf('none-index.parquet');
    const at = bytes.indexOf(Buffer.from('plain'));
    bytes[at] = 0xff;
    writeFileSync(file(), bytes);
    const rows = await allRows(file());
    const faults = rows.flatMap((row) => {
      try {
        row.read();
        return [];
      } catch (error) {
        return [(error as InputError).message];
      }
    });
    assert.ok(faults.length > 0);
    assert.match(faults[0]!, /pairs\.jsonl", row \d+: the column ".+" holds text that is not UTF-8\.$/);
  });

  it('an object that holds rows in a field is a list, one line of many is a row', async () => {
    const count = async (text: string) => {
      writeFileSync(file(), text);
      return (await allRows(file())).length;
    };
    assert.equal(await count('{"data": [{"a": 1}, {"a": 2}, {"a": 3}]}'), 3);
    assert.equal(await count('{"data": [{"a": 1}, {"a": 2}]}\n{"data": [{"a": 1}, {"a": 2}]}\n'), 2);
    assert.equal(await count('{"data": ["a", "b", "c"]}'), 1);
    assert.equal(await count('{"messages": [{"a": 1}, {"a": 2}]}'), 1);
    assert.equal(await count('{"n": {"data": [{"a": 1}]},\n "rows": [{"a": 1}, {"a": "]"}], "rest": [{}]}'), 2);
    assert.equal(await count(' \n[ ]'), 0);
    assert.equal(await count(''), 0);
  });

  // Bytes are changed where they do most harm, by a generator of fixed seed; whatever comes of it, it is a sentence.
  for (const name of sameRows) {
    it(`${name}, damaged at any place, is read or refused in a sentence`, async () => {
      const bytes = bytesOf(name);
      let state = 1;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      let refusals = 0;
      for (let i = 0; i < 40; i++) {
        let copy = Buffer.from(bytes);
        if (i % 4 === 0) copy = copy.subarray(0, random(copy.length));
        for (let n = random(5); n >= 0 && copy.length > 0; n--) {
          const at = i % 2 === 0 ? random(copy.length) : copy.length - 1 - random(Math.min(copy.length, 3000));
          copy[at] = random(256);
        }
        writeFileSync(file(), copy);
        const refused = (error: unknown) => {
          assert.ok(error instanceof InputError, String(error));
          refusals++;
        };
        await allValues(file()).catch(refused);
        await chosenValues(file(), (_, index) => index % 19 === 17).catch(refused);
      }
      assert.ok(refusals > 0, 'nothing was refused');
    });
  }
});
