import type { GeneratedShape } from './generateCheckpoint.ts';

/** A model that the engine is measured on. */
export interface BenchSize {
  readonly name: string;
  /** Of a sample. */
  readonly rows: number;
  readonly shape: GeneratedShape;
}

export const benchSizes: readonly BenchSize[] = [
  {
    name: '1 M parameters',
    rows: 100,
    shape: { layers: 6, hidden: 128, intermediate: 352, heads: 4, keyValueHeads: 2, headDim: 32, vocab: 768 },
  },
  {
    name: '28 M parameters',
    rows: 256,
    shape: { layers: 8, hidden: 512, intermediate: 1536, heads: 8, keyValueHeads: 2, headDim: 64, vocab: 4096 },
  },
  {
    name: '99 M parameters',
    rows: 256,
    shape: { layers: 8, hidden: 1024, intermediate: 2816, heads: 16, keyValueHeads: 4, headDim: 64, vocab: 8192 },
  },
];
