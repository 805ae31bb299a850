import type { CommittedFile } from '../../commit/commitOptions.ts';
import type { ResetSummary } from '../../record/run/resetReport.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { program } from '../../settings/programInfo.ts';
import type { ComparedCheckpoint } from './comparedInputs.ts';

/** The record's inputs, with what was compared of each file that the commit read; it does not read the calibration. */
export interface ManifestInputs {
  readonly base: ComparedCheckpoint;
  readonly sft: ComparedCheckpoint;
  readonly calibration: RunRecord['inputs']['calibration'];
}

/* The content of `rejuvenation.json`, which says inside a committed checkpoint how it was made. */

export interface ManifestSource {
  readonly record: RunRecord;
  readonly inputs: ManifestInputs;
  readonly alpha: number;
  readonly rho: number;
  readonly dtype: OutputDtype | undefined;
  readonly committed: string;
  /** Undefined: fusion only. */
  readonly reset: ResetSummary | undefined;
  /** Neuron indices by projection (`model.layers.0.self_attn.q_proj`), each counted from its module's first. */
  readonly resetSet: ReadonlyMap<string, Uint32Array>;
}

/** The content of `rejuvenation.json` inside a committed checkpoint: how it was made, down to the neuron. */
export function checkpointManifest(source: ManifestSource, files: readonly CommittedFile[]) {
  const { record, inputs, alpha, rho, dtype, committed, reset, resetSet } = source;
  const { topN, maxLength, samples, seed, holdout } = record.settings;
  return {
    schema: 'rejuvenated-checkpoint',
    version: 1,
    program,
    committed,
    /** fused = alpha * sft + (1 - alpha) * base, in float32. */
    alpha,
    rho,
    /** Of all weights; without it each is as the SFT checkpoint has it. */
    ...(dtype !== undefined && { dtype }),
    attribution: { topN, maxLength, samples, seed, holdout, device: record.engine.device },
    /** How its rows were read. */
    ...(record.calibration && { calibration: record.calibration }),
    /** Hashes are those of the record; `compared` says by what a file was found to be still that one. */
    inputs,
    /** Rows of embedding and head that the base lacked, or that are the SFT's by its tokenizer. */
    ...(record.vocabulary !== undefined && { vocabulary: record.vocabulary }),
    neurons: reset?.neurons ?? 0,
    neuronRatio: reset?.neuronRatio ?? 0,
    parameters: reset?.parameters ?? 0,
    parameterRatio: reset?.parameterRatio ?? 0,
    /** Output rows of q, k, v, gate and up, input columns of o and down, that hold the base's values. */
    reset: Object.fromEntries([...resetSet].map(([name, neurons]) => [name, Array.from(neurons)])),
    files,
  };
}
