import type { Architecture, Rope, RopeScaling } from '../checkpoint/architecture/architecture.ts';
import { layerForm } from '../checkpoint/architecture/families.ts';
import type { RotaryTable } from './rotaryInputs.ts';

/* Computes the cosines and sines of the rotary position embedding (RoPE), which a graph takes as input. */

/** Rotary tables of positions `0..rows-1`: `[rows, headDim]` each, both halves alike. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

const f32 = Math.fround;

/** What frequencies are made of: a rope, and how many elements of a head it rotates. */
interface Rotated {
  readonly rope: Rope;
  readonly dim: number;
}

function rotatedOf(
  { headDim, rotatedDim, ropeTheta, ropeScaling, slidingRope }: Architecture,
  table: RotaryTable,
): Rotated {
  const own = { theta: ropeTheta, scaling: ropeScaling };
  return { rope: table === 'sliding' ? slidingRope! : own, dim: rotatedDim ?? headDim };
}

/**
 * Inverse rotary frequencies `[dim / 2]`, every step rounded to float32 as transformers computes them
 * (modeling_rope_utils), so that positions far out agree too. Llama 3: the bands of Llama 3.1; YaRN: arXiv 2309.00071;
 * LongRoPE: arXiv 2402.13753, by the length of the whole sequence.
 */
export function inverseFrequencies({ rope, dim }: Rotated, length: number): Float32Array {
  const { theta, scaling } = rope;
  const half = dim / 2;
  const powers = Float32Array.from({ length: half }, (_, i) => theta ** f32((2 * i) / dim));
  const plain = powers.map((power) => 1 / power);
  switch (scaling.type) {
    case 'default':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return plain.map((frequency) => llama3(frequency, scaling));
    case 'longrope': {
      const factors = isLong(scaling, length) ? scaling.longFactors : scaling.shortFactors;
      return powers.map((power, i) => 1 / f32(f32(factors[i]!) * power));
    }
    case 'yarn': {
      const [low, high] = yarnRange(dim, theta, scaling);
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

/** Whether a sequence is past the length up to which the short factors hold. */
function isLong(scaling: RopeScaling, length: number): boolean {
  return scaling.type === 'longrope' && length > scaling.originalMaxPositions;
}

/** What tells the tables of sequences of two lengths apart, beside their rows. */
export function tableForm({ ropeScaling, slidingRope }: Architecture, length: number): string {
  return [ropeScaling, slidingRope?.scaling].map((each) => each !== undefined && isLong(each, length)).join();
}

type Llama3 = Extract<RopeScaling, { type: 'llama3' }>;
type Yarn = Extract<RopeScaling, { type: 'yarn' }>;

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

/**
 * cos and sin of position × frequency, times the attention factor where there is one; 1 and 0 for what is not rotated.
 * @param table which of the model's
 * @param length tokens of the whole sequence that the rows are the first of
 */
export function ropeTables(
  architecture: Architecture,
  rows: number,
  table: RotaryTable = 'own',
  length = rows,
): RopeTables {
  const { headDim, queryGrowth } = architecture;
  const rotated = rotatedOf(architecture, table);
  const frequencies = inverseFrequencies(rotated, length);
  const { scaling } = rotated.rope;
  const factor = 'attentionFactor' in scaling ? scaling.attentionFactor : 1;
  const paired = layerForm(architecture).rotaryPairs === 'neighbours';
  const cos = new Float32Array(rows * headDim);
  const sin = new Float32Array(rows * headDim);
  const half = rotated.dim / 2;
  for (let row = 0; row < rows; row++) {
    const growth = table === 'queries' && queryGrowth ? grown(row, queryGrowth) : 1;
    for (let i = 0; i < headDim; i++) {
      const turns = i < rotated.dim;
      const angle = turns ? f32(row * frequencies[paired ? i >> 1 : i % half]!) : 0;
      const scale = turns ? factor : 1;
      cos[row * headDim + i] = f32(f32(Math.cos(angle)) * scale) * growth;
      sin[row * headDim + i] = f32(f32(Math.sin(angle)) * scale) * growth;
    }
  }
  return { cos, sin };
}

/** What a rotated query at a position is multiplied with. */
function grown(position: number, { beta, originalMaxPositions }: NonNullable<Architecture['queryGrowth']>): number {
  return 1 + beta * Math.log(1 + Math.floor(position / originalMaxPositions));
}
