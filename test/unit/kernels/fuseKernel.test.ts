import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseKernel } from '../../../src/kernels/fuseKernel.ts';
import {
  convertedBits,
  type ElementType as Dtype,
  elements,
  fusedBits,
  randomBits,
  elementsOf as view,
} from './reference.ts';

const types = ['BF16', 'F16', 'F32'] as const;
const alphas = [0, 1, 0.5, 0.3, 0.9999, 1e-30];

/** Bit patterns at which rounding, signs, subnormals and specials change. */
const special: Record<Dtype, number[]> = {
  BF16: [0, 1, 0x7f, 0x80, 0x3f7f, 0x3f80, 0x3f81, 0x7f7f, 0x7f80, 0x7f81, 0x7fc0, 0x7fff],
  F16: [0, 1, 2, 0x3ff, 0x400, 0x401, 0x3bff, 0x3c00, 0x3c01, 0x7bff, 0x7c00, 0x7c01, 0x7e00, 0x7fff],
  F32: [0, 1, 0x7fffff, 0x800000, 0x3f7fffff, 0x3f800000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff],
};

describe('fusion kernel', () => {
  let kernel: FuseKernel;
  before(async () => {
    kernel = await FuseKernel.load();
  });

  /** Fuses two lists of bit patterns and holds every result to the reference. */
  function check(dtype: Dtype, sft: readonly number[], base: readonly number[], alpha: number, masked?: boolean[]) {
    view(dtype, kernel.sft).set(sft);
    view(dtype, kernel.base).set(base);
    if (masked) view(dtype, kernel.mask).set(masked.map((each) => (each ? 0xffffffff : 0)));
    const dtypes = { sft: dtype, base: dtype, out: dtype };
    const result = view(dtype, kernel.fuse(dtypes, sft.length, alpha, masked !== undefined));
    for (let i = 0; i < sft.length; i++) {
      const expected = masked?.[i] ? base[i]! : fusedBits(dtype, sft[i]!, base[i]!, alpha);
      if (result[i] !== expected) {
        const hex = [sft[i]!, base[i]!, result[i]!, expected].map((bits) => bits.toString(16)).join(' ');
        assert.fail(`${dtype} alpha ${alpha}, element ${i} of ${sft.length}: sft base got expected ${hex}`);
      }
    }
    assert.deepEqual([...view(dtype, kernel.base).subarray(0, base.length)], base, 'the base side is left alone');
  }

  for (const dtype of ['BF16', 'F16', 'F32'] as const) {
    const signBit = elements[dtype].size === 2 ? 0x8000 : 0x80000000;
    const specials = special[dtype].flatMap((bits) => [bits, (bits | signBit) >>> 0]);
    const pattern = (bits: number) => (elements[dtype].size === 2 ? bits & 0xffff : bits);

    it(`${dtype}: every pair of special values`, () => {
      const sft = specials.flatMap((one) => specials.map(() => one));
      const base = specials.flatMap(() => specials);
      for (const alpha of alphas) check(dtype, sft, base, alpha);
    });

    it(`${dtype}: every length up to 40`, () => {
      const random = randomBits(17);
      for (let length = 1; length <= 40; length++) {
        const list = () => Array.from({ length }, () => pattern(random()));
        check(dtype, list(), list(), 0.3);
      }
    });

    it(`${dtype}: masked elements take the base's bits, NaN payloads too`, () => {
      const random = randomBits(23);
      for (const alpha of alphas) {
        const sft = Array.from({ length: 3000 }, () => pattern(random()));
        const base = sft.map((_, i) => (i % 7 === 0 ? specials[i % specials.length]! : pattern(random())));
        check(
          dtype,
          sft,
          base,
          alpha,
          sft.map(() => random() % 3 === 0),
        );
      }
    });

    it(`${dtype}: random bit patterns`, () => {
      const random = randomBits(29);
      for (const alpha of [0.5, 0.3, 0.9999]) {
        const list = () => Array.from({ length: 50_000 }, () => pattern(random()));
        check(dtype, list(), list(), alpha);
      }
    });
  }

  for (const sftType of types) {
    for (const baseType of types) {
      for (const outType of types) {
        if (sftType === baseType && sftType === outType) continue;
        it(`${sftType} over ${baseType} as ${outType}: special and random values, every length, masked or not`, () => {
          const random = randomBits(31);
          const both = (dtype: Dtype) =>
            special[dtype].flatMap((bits) => [bits, (bits | (elements[dtype].size === 2 ? 0x8000 : 0x80000000)) >>> 0]);
          const [left, right] = [both(sftType), both(baseType)];
          const any = (dtype: Dtype) => (elements[dtype].size === 2 ? random() & 0xffff : random());
          const lists = [
            { sft: left.flatMap((one) => right.map(() => one)), base: left.flatMap(() => right) },
            {
              sft: Array.from({ length: 20_000 }, () => any(sftType)),
              base: Array.from({ length: 20_000 }, () => any(baseType)),
            },
            ...Array.from({ length: 20 }, (_, length) => ({
              sft: Array.from({ length }, () => any(sftType)),
              base: Array.from({ length }, () => any(baseType)),
            })),
          ];
          for (const { sft, base } of lists) {
            for (const alpha of alphas) {
              const masked = sft.map(() => random() % 3 === 0);
              for (const mask of [undefined, masked]) {
                view(sftType, kernel.sft).set(sft);
                view(baseType, kernel.base).set(base);
                if (mask) view(outType, kernel.mask).set(mask.map((each) => (each ? 0xffffffff : 0)));
                const dtypes = { sft: sftType, base: baseType, out: outType };
                const result = view(outType, kernel.fuse(dtypes, sft.length, alpha, mask !== undefined));
                sft.forEach((bits, i) => {
                  const expected = mask?.[i]
                    ? convertedBits(baseType, outType, base[i]!)
                    : fusedBits(sftType, bits, base[i]!, alpha, baseType, outType);
                  if (result[i] === expected) return;
                  const hex = [bits, base[i]!, result[i]!, expected].map((each) => each.toString(16)).join(' ');
                  assert.fail(`alpha ${alpha}, masked ${mask?.[i]}, element ${i}: sft base got expected ${hex}`);
                });
              }
            }
          }
        });
      }
    }
  }

  it('fills whole chunks without touching the mask, refuses longer ones', () => {
    kernel.sft.fill(0x3f);
    kernel.base.fill(0x3f);
    kernel.mask.fill(0x55);
    const { chunkBytes } = kernel;
    for (const sft of types) {
      for (const base of types) {
        for (const out of types) kernel.fuse({ sft, base, out }, kernel.chunkElements({ sft, base, out }), 0.5, false);
      }
    }
    assert.deepEqual(
      [kernel.base[0], kernel.base.at(-1), kernel.mask[0], kernel.mask.at(-1)],
      [0x3f, 0x3f, 0x55, 0x55],
    );
    const dtypes = { sft: 'BF16', base: 'F32', out: 'BF16' } as const;
    assert.throws(() => kernel.fuse(dtypes, chunkBytes / 4 + 1, 0.5, false), RangeError);
  });

  it('says in words that its file is missing or damaged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    try {
      const path = join(folder, 'fuse.wasm');
      const said = (message: string) => ({ name: 'RunError', message });
      await assert.rejects(FuseKernel.load(path), said(`"${path}" is missing: build the project (npm run build).`));
      writeFileSync(path, 'not WebAssembly');
      await assert.rejects(
        FuseKernel.load(path),
        said(`"${path}" is no WebAssembly that runs here: build the project again (npm run build).`),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const dtype of ['BF16', 'F16'] as const) {
    it(`${dtype}: all 65536 patterns against chosen partners`, () => {
      const all = Array.from({ length: 65536 }, (_, bits) => bits);
      for (const partner of [0, 0x8000, 1, 0x3c00, 0x3f80, 0x7bff, 0xc2a5]) {
        for (const alpha of [0.5, 0.3]) {
          check(
            dtype,
            all,
            all.map(() => partner),
            alpha,
          );
        }
      }
    });
  }
});
