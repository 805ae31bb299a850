import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../../src/checkpoint/architecture/architecture.ts';
import { expectedTensors } from '../../../src/checkpoint/architecture/expectedTensors.ts';
import { embeddingName, headName } from '../../../src/checkpoint/architecture/tensorNames.ts';
import { keepingRows } from '../../../src/checkpoint/pair.ts';
import type { WeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import type { TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { withExpertsApart } from '../../../src/checkpoint/stackedExperts.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { resetSet } from '../../../src/method/resetSet.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';
import { handMadePair } from '../commit/handMadePair.ts';
import { contributionsRecord, tinyArchitecture, tinyRecord } from '../record/tinyRecord.ts';

/*
 * Pairs of checkpoints, what a commit makes of them, and the records that say so, for the Python package to make the same
 * bits. The values are random bits: NaN, infinities and subnormals among them.
 */

interface Case {
  readonly name: string;
  readonly sft: WeightDtype;
  readonly base: WeightDtype;
  readonly alpha: number;
  readonly rho: number;
  /** Of all results. */
  readonly dtype?: WeightDtype;
  /** The SFT stores a head, and the base has none: it is tied to the embeddings. */
  readonly head?: boolean;
  /** Rows of the base's embedding; the SFT has ten, and row 2 stays its own. */
  readonly baseRows?: number;
  /** The record keeps what pushes each target, as those of today's runs do. */
  readonly contributions?: boolean;
  /** A family that keeps several projections in one tensor. */
  readonly fused?: 'phi3' | 'glm4';
  /** The first layer has experts, each with tensors of its own or all in one. */
  readonly experts?: 'apart' | 'stacked';
}

const cases: readonly Case[] = [
  { name: 'bf16', sft: 'BF16', base: 'BF16', alpha: 0.5, rho: 0.09 },
  { name: 'f16', sft: 'F16', base: 'F16', alpha: 0.3, rho: 0.05, contributions: true },
  { name: 'f32', sft: 'F32', base: 'F32', alpha: 0.7, rho: 0.09 },
  { name: 'f32-to-f32-base-bf16', sft: 'F32', base: 'BF16', alpha: 0.9, rho: 0.09 },
  { name: 'bf16-base-f32', sft: 'BF16', base: 'F32', alpha: 0.1, rho: 0.09 },
  { name: 'f16-base-bf16', sft: 'F16', base: 'BF16', alpha: 0.5, rho: 0.09 },
  { name: 'bf16-as-f16', sft: 'BF16', base: 'BF16', alpha: 0.5, rho: 0.09, dtype: 'F16' },
  { name: 'f32-as-bf16', sft: 'F32', base: 'F32', alpha: 0.5, rho: 0.09, dtype: 'BF16' },
  { name: 'sft-alone', sft: 'F32', base: 'BF16', alpha: 1, rho: 0.09, dtype: 'F16' },
  { name: 'base-alone', sft: 'F16', base: 'F16', alpha: 0, rho: 0 },
  { name: 'tied-head', sft: 'BF16', base: 'F16', alpha: 0.5, rho: 0.05, head: true },
  { name: 'grown', sft: 'BF16', base: 'F32', alpha: 0.5, rho: 0.09, baseRows: 8 },
  { name: 'shrunk', sft: 'F16', base: 'F16', alpha: 0.25, rho: 0.05, baseRows: 13, dtype: 'F32' },
  { name: 'fused', sft: 'BF16', base: 'BF16', alpha: 0.5, rho: 0.09, fused: 'phi3' },
  { name: 'half-fused', sft: 'F32', base: 'BF16', alpha: 0.5, rho: 0.09, fused: 'glm4' },
  { name: 'experts', sft: 'BF16', base: 'BF16', alpha: 0.5, rho: 0.09, experts: 'apart' },
  { name: 'stacked-experts', sft: 'BF16', base: 'F16', alpha: 0.5, rho: 0.09, experts: 'stacked' },
];

/** With biases: of q, k, v they are reset, of o and down they are not. */
const architecture: Architecture = {
  ...tinyArchitecture,
  biases: { ...tinyArchitecture.biases, q_proj: true, k_proj: true, v_proj: true, o_proj: true, down_proj: true },
};

const kept = [2];

/** As many neurons as the tiny architecture, so that its record is theirs. */
const experts = { count: 3, perToken: 2, intermediateSize: 2, normalised: true, denseLayers: [1] };

function architectureOf({ fused, experts: stored }: Case): Architecture {
  if (stored !== undefined) return { ...tinyArchitecture, family: 'qwen3_moe', experts };
  return fused === undefined ? architecture : { ...tinyArchitecture, family: fused };
}

function specs(
  of: Architecture,
  dtype: WeightDtype,
  rows: number,
  { head = false, experts: stored }: Case,
): TensorSpec[] {
  const all = [...expectedTensors({ ...of, vocabSize: rows, tiedEmbeddings: !head })];
  const block = 'model.layers.0.mlp.experts';
  const { count, intermediateSize: width } = experts;
  const stacks: typeof all = [
    [`${block}.down_proj`, [count, of.hiddenSize, width]],
    [`${block}.gate_up_proj`, [count, 2 * width, of.hiddenSize]],
  ];
  const named = stored === 'stacked' ? [...all.filter(([name]) => !name.startsWith(block)), ...stacks] : all;
  return named.map(([name, shape]) => ({ name, dtype, shape }));
}

async function writeCase(folder: string, each: Case): Promise<void> {
  const place = join(folder, each.name);
  mkdirSync(place);
  const { draft, layout, arrays } = each.contributions === true ? contributionsRecord() : tinyRecord();
  const own = architectureOf(each);
  const sftRows = own.vocabSize;
  const { baseRows = sftRows } = each;
  const inner = { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [1] } as const;
  const sft = [...specs(own, each.sft, sftRows, each), inner];
  const made = handMadePair(place, [sft], [specs(own, each.base, baseRows, { ...each, head: false })]);
  const grown = each.baseRows !== undefined;
  const apart = (tensors: typeof made.sft.tensors) => withExpertsApart(tensors, own, place);
  const baseTensors = apart(made.base.tensors);
  const sized = (vocabSize: number) => ({ ...own, vocabSize });
  const sides = {
    ...made,
    base: { ...made.base, architecture: sized(baseRows) },
    sft: { ...made.sft, architecture: sized(sftRows), tensors: apart(made.sft.tensors) },
    baseEntry: (name: string) => baseTensors.get(name === headName ? embeddingName : name),
  };
  const pair = keepingRows(sides, grown ? kept : []);
  const record = {
    ...draft,
    architecture: own,
    ...(grown && {
      vocabulary: {
        ...{ baseRows, sftRows, addedRows: Math.max(0, sftRows - baseRows) },
        ...{ droppedRows: Math.max(0, baseRows - sftRows), kept: kept.map((id) => ({ id, base: 'a', sft: 'b' })) },
      },
    }),
  };
  await writeRecord(join(place, 'run.rejuvenation.json'), record, layout, arrays);
  await commitCheckpoint({
    pair,
    alpha: each.alpha,
    dtype: each.dtype,
    resetSet: resetSet(layout, bestRanks(layout, arrays), each.rho),
    out: join(place, 'out'),
    overwrite: false,
    syncing: false,
    manifest: () => ({}),
  });
}

/** Writes a folder a case, and `cases.json`, which lists them. */
export async function writePythonCases(folder: string): Promise<void> {
  for (const each of cases) await writeCase(folder, each);
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
}
