import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import { encodeSafetensorsHeader } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { differTensors } from '../../../../src/comparison/weights/differTensors.ts';
import type { TensorDifference } from '../../../../src/record/comparison/tensors/tensorDifference.ts';
import { tinyConfig } from '../../checkpoint/tinyCheckpoint.ts';
import { elements, randomBits } from '../../kernels/reference.ts';
import { rawCheckpoint } from './rawCheckpoint.ts';

const [rows, columns] = [300, 1064];

type Draw = (side: number, element: number, random: () => number) => number;

/** Bits of bfloat16 by what a case is about. */
const cases: Readonly<Record<string, Draw>> = {
  'weights and small changes': (side, _, random) => 0x3c00 + (random() % 256) + ((random() & 1) << 15) * side,
  'all exponents, with both zeros': (_, __, random) => random() & 0xbfff & (random() % 5 === 0 ? 0x8000 : 0xffff),
  'elements mostly the same': (_, element, random) => (element % 9 === 0 ? random() & 0xbdff : 0x3c00),
  'a mean far from zero': (side, _, random) => (side === 0 ? 0 : 0x4100) + (random() % 3),
  'values that are not finite': (_, element, random) =>
    element % 100_003 === 7 ? (random() % 2 === 0 ? 0x7f80 : 0xffc1) : random() & 0xbcff,
};

const sums = [
  'norm',
  'referenceNorm',
  'checkpointNorm',
  'relativeNorm',
  'mean',
  'standardDeviation',
  'excessKurtosis',
  'cosine',
] as const;
const exact = [
  'maxAbs',
  'maxAbsAt',
  'unchangedShare',
  'signFlipShare',
  'quantiles',
  'histogram',
  'spikes',
  'map',
  'nonFinite',
] as const;

describe('a bfloat16 pair, compared straight from its bytes', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bf16-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function write(name: string, dtype: 'BF16' | 'F32', bits: Uint16Array): Promise<Checkpoint> {
    const header = encodeSafetensorsHeader([{ name: 'w', dtype, shape: [rows, columns] }], new Map());
    const values = dtype === 'BF16' ? bits : Uint32Array.from(bits, (each) => (each << 16) >>> 0);
    mkdirSync(join(folder, name), { recursive: true });
    const path = join(folder, name, 'model.safetensors');
    writeFileSync(path, Buffer.concat([header.bytes, new Uint8Array(values.buffer)]));
    return rawCheckpoint(path, tinyConfig);
  }

  async function differ(checkpoints: readonly Checkpoint[], pairs = [{ reference: 0, checkpoint: 1 }]) {
    const found: TensorDifference[] = [];
    await differTensors(checkpoints, pairs, { onDifference: (_, difference) => found.push(difference) });
    return found;
  }

  function draw(name: string, side: number): Uint16Array {
    const random = randomBits(11 + side);
    return Uint16Array.from({ length: rows * columns }, (_, element) => cases[name]!(side, element, random));
  }

  for (const name of Object.keys(cases)) {
    it(`is told as the same values in float32 are: ${name}`, async () => {
      const bits = [draw(name, 0), draw(name, 1)];
      const told = async (dtype: 'BF16' | 'F32') => {
        const pair = await Promise.all(bits.map((each, side) => write(`${name} ${dtype} ${side}`, dtype, each)));
        return (await differ(pair))[0]!;
      };
      const [straight, decoded] = [await told('BF16'), await told('F32')];
      for (const key of sums) {
        const [a, b] = [straight[key]!, decoded[key]!];
        const scale = key === 'mean' ? decoded.norm / Math.sqrt(rows * columns) : Math.max(1, Math.abs(b));
        assert.ok(Math.abs(a - b) <= 1e-12 * (key.endsWith('orm') ? Math.abs(b) : scale), `${key}: ${a} is not ${b}`);
      }
      for (const [i, norm] of straight.columnNorms.entries()) {
        assert.ok(Math.abs(norm - decoded.columnNorms[i]!) <= 1e-7 * norm, `column ${i}`);
      }
      for (const [i, norm] of straight.rowNorms.entries()) {
        assert.ok(Math.abs(norm - decoded.rowNorms[i]!) <= 1e-7 * norm, `row ${i}`);
      }
      for (const key of exact) assert.deepEqual(straight[key], decoded[key], key);
      const [left, right] = bits.map((side) => Array.from(side, (each) => elements.BF16.toFloat(each)));
      const isFlipped = (value: number, i: number) =>
        Number.isFinite(value) && Number.isFinite(right![i]) && Math.sign(value) * Math.sign(right![i]!) < 0;
      assert.equal(straight.signFlipShare, left!.filter(isFlipped).length / (rows * columns));
      assert.equal(straight.nonFinite > 0, name === 'values that are not finite');
    });
  }

  it('is told the same beside a checkpoint that is not finite', async () => {
    const [a, b] = [draw('weights and small changes', 0), draw('weights and small changes', 1)];
    const checkpoints = await Promise.all([
      write('beside-a', 'BF16', a),
      write('beside-b', 'BF16', b),
      write('beside-c', 'BF16', draw('values that are not finite', 0)),
    ]);
    const [alone] = await differ(checkpoints.slice(0, 2));
    const [beside, other] = await differ(checkpoints, [
      { reference: 0, checkpoint: 1 },
      { reference: 0, checkpoint: 2 },
    ]);
    assert.deepEqual(beside, alone);
    assert.ok(other!.nonFinite > 0);
    assert.ok(Number.isFinite(other!.norm));
  });
});
