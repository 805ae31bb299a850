import type { Architecture } from '../checkpoint/architecture/architecture.ts';

/* Computes the cosines and sines of the rotary position embedding (RoPE), which a graph takes as input. */

/** Rotary tables of positions `0..rows-1`: `[rows, headDim]` each, both halves alike. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

const f32 = Math.fround;

/**
 * Inverse rotary frequencies `[headDim / 2]`, every step rounded to float32 as transformers computes them
 * (modeling_rope_utils), so that positions far out agree too. Llama 3: the bands of Llama 3.1; YaRN: arXiv 2309.00071.
 */
export function inverseFrequencies(architecture: Architecture): Float32Array {
  const { headDim, ropeTheta, ropeScaling: scaling } = architecture;
  const half = headDim / 2;
  const powers = Float32Array.from({ length: half }, (_, i) => ropeTheta ** f32((2 * i) / headDim));
  const plain = powers.map((power) => 1 / power);
  switch (scaling.type) {
    case 'default':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return plain.map((frequency) => llama3(frequency, scaling));
    case 'yarn': {
      const [low, high] = yarnRange(headDim, ropeTheta, scaling);
      return powers.map((power, i) => {
        const extrapolated = f32(1 / power);
        const interpolated = f32(1 / f32(scaling.factor * power));
        const ramp = f32(Math.min(Math.max(f32(f32(i - low) / f32(high - low)), 0), 1));
        const keep = f32(1 - ramp);
        return f32(f32(interpolated * f32(1 - keep)) + f32(extrapolated * keep));
      });
    }
  }
}

type Llama3 = Extract<Architecture['ropeScaling'], { type: 'llama3' }>;
type Yarn = Extract<Architecture['ropeScaling'], { type: 'yarn' }>;

function llama3(frequency: number, { factor, lowFreqFactor, highFreqFactor, originalMaxPositions }: Llama3): number {
  const wavelength = f32(f32(2 * Math.PI) / frequency);
  if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
  if (wavelength > originalMaxPositions / lowFreqFactor) return f32(frequency / factor);
  const smooth = f32(f32(f32(originalMaxPositions / wavelength) - lowFreqFactor) / (highFreqFactor - lowFreqFactor));
  return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
}

function yarnRange(headDim: number, theta: number, scaling: Yarn): [number, number] {
  const dimension = (rotations: number) =>
    (headDim * Math.log(scaling.originalMaxPositions / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  let low = dimension(scaling.betaFast);
  let high = dimension(scaling.betaSlow);
  if (scaling.truncate) {
    low = Math.floor(low);
    high = Math.ceil(high);
  }
  low = Math.max(low, 0);
  high = Math.min(high, headDim - 1);
  return [low, low === high ? high + 0.001 : high];
}

/** cos and sin of position × frequency, times YaRN's attention factor where there is one. */
export function ropeTables(architecture: Architecture, rows: number): RopeTables {
  const { headDim, ropeScaling } = architecture;
  const frequencies = inverseFrequencies(architecture);
  const factor = ropeScaling.type === 'yarn' ? ropeScaling.attentionFactor : 1;
  const cos = new Float32Array(rows * headDim);
  const sin = new Float32Array(rows * headDim);
  const half = headDim / 2;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < headDim; i++) {
      const angle = f32(row * frequencies[i % half]!);
      cos[row * headDim + i] = f32(Math.cos(angle)) * factor;
      sin[row * headDim + i] = f32(Math.sin(angle)) * factor;
    }
  }
  return { cos, sin };
}
