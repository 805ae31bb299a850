import assert from 'node:assert/strict';
import {
  parseSafetensorsHeader,
  safetensorsHeaderLength,
} from '../../../src/checkpoint/safetensors/safetensorsHeader.ts';
import { encodeSafetensorsHeader, type TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { InputError } from '../../../src/errors.ts';
import { rawSafetensors, safetensorsBytes, tinyTensors } from './tinyCheckpoint.ts';

function parse(bytes: Uint8Array) {
  const length = safetensorsHeaderLength(bytes.subarray(0, 8), bytes.length, 'FILE');
  return parseSafetensorsHeader(bytes.subarray(8, 8 + length), bytes.length, 'FILE');
}

/** Mulberry32: a small seeded generator of uniform numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('safetensors header', () => {
  it('reads tensors in file order, whatever the order in which the header lists them', () => {
    const header =
      '{"9":{"dtype":"F32","shape":[2,1],"data_offsets":[2,10]},"b":{"dtype":"F16","shape":[],"data_offsets":[0,2]}}';
    assert.deepEqual(parse(rawSafetensors(header, 10)), {
      tensors: [
        { name: 'b', dtype: 'F16', shape: [], begin: 0, end: 2 },
        { name: '9', dtype: 'F32', shape: [2, 1], begin: 2, end: 10 },
      ],
      metadata: new Map(),
      dataStart: 8 + header.length,
      fileBytes: 8 + header.length + 10,
    });
  });

  it('lets empty tensors lie between others', () => {
    const header =
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    assert.deepEqual(
      parse(rawSafetensors(header, 2)).tensors.map(({ name }) => name),
      ['a', 'e', 'b'],
    );
  });

  it('takes names of object members as any other name', () => {
    const names = ['constructor', 'hasOwnProperty', 'toString', 'a":{"b', '名前'];
    const specs = names.map((name): TensorSpec => ({ name, dtype: 'U8', shape: [1] }));
    assert.deepEqual(
      parse(safetensorsBytes(specs)).tensors.map(({ name }) => name),
      names,
    );
  });

  it('lets spaces follow the object and unknown fields describe a tensor', () => {
    const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"comment":{"by":["x"]}}}     ';
    assert.equal(parse(rawSafetensors(header, 1)).tensors.length, 1);
  });

  it('reads back what it writes, with the data aligned to 8 bytes', () => {
    const specs: TensorSpec[] = [
      { name: 'a', dtype: 'I64', shape: [3] },
      { name: 'quote " and \u2028', dtype: 'BF16', shape: [2, 3] },
      { name: 'c', dtype: 'BOOL', shape: [] },
    ];
    const metadata = new Map([
      ['format', 'pt'],
      ['constructor', 'é'],
    ]);
    const encoded = encodeSafetensorsHeader(specs, metadata);
    assert.equal(encoded.dataStart % 8, 0);
    assert.equal(encoded.bytes.length, encoded.dataStart);
    const file = new Uint8Array(encoded.fileBytes);
    file.set(encoded.bytes);
    const { tensors, dataStart, fileBytes } = encoded;
    assert.deepEqual(parse(file), { tensors, metadata, dataStart, fileBytes });
    assert.equal(fileBytes - dataStart, 24 + 12 + 1);
  });

  it('refuses to write a name twice or a reserved one', () => {
    const a: TensorSpec = { name: 'a', dtype: 'U8', shape: [1] };
    assert.throws(() => encodeSafetensorsHeader([a, a]), /given twice/);
    assert.throws(() => encodeSafetensorsHeader([{ ...a, name: '__metadata__' }]), /reserved/);
  });

  it('reads any damaged file or says what is wrong with it', () => {
    const specs = [...tinyTensors()].map(([name, tensor]) => ({ name, ...tensor }));
    const original = safetensorsBytes(specs);
    const { dataStart } = parse(original);
    const random = generator(20260609);
    const below = (n: number) => Math.floor(random() * n);
    const counts = { read: 0, refused: 0 };
    for (let round = 0; round < 4000; round++) {
      let bytes = original.slice();
      for (let flips = 1 + below(3); flips > 0; flips--) {
        // Mostly in the header, where every byte matters, and often in the length.
        const at = random() < 0.2 ? below(8) : below(dataStart + 8);
        bytes[at] = random() < 0.5 ? bytes[at]! ^ (1 << below(8)) : below(256);
      }
      if (random() < 0.2) bytes = bytes.slice(0, below(bytes.length));
      try {
        const { tensors, fileBytes } = parse(bytes);
        counts.read++;
        const end = tensors.reduce((position, { begin, end: next }) => {
          assert.equal(begin, position);
          return next;
        }, 0);
        assert.ok(end < fileBytes && fileBytes === bytes.length);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        counts.refused++;
        assert.match(error.message, /^(The header of )?"FILE"[^\n]*\.$/);
      }
    }
    assert.ok(counts.read > 100 && counts.refused > 1000, JSON.stringify(counts));
  });
});
