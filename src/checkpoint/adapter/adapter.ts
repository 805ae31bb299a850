import type { CheckpointFile } from '../checkpoint.ts';
import type { WeightDtype } from '../safetensors/dtype.ts';
import type { AdapterConfig } from './adapterConfig.ts';
import type { AdapterKey } from './adapterKeys.ts';

/* A LoRA adapter as it was opened: its files, and where each tensor's bytes lie. */

export const adapterConfigName = 'adapter_config.json';
export const adapterWeightsName = 'adapter_model.safetensors';

/** One tensor of an adapter. */
export interface AdapterTensor extends AdapterKey {
  readonly dtype: WeightDtype;
  readonly shape: readonly number[];
  /** Absolute position of the first byte in the file. */
  readonly begin: number;
  readonly byteLength: number;
}

/** A folder that peft saved, read but for its weights. */
export interface Adapter {
  /** Absolute path as the user named it. */
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  readonly config: AdapterConfig;
  readonly configPath: string;
  /** `adapter_model.safetensors`, first of {@link files}. */
  readonly weights: CheckpointFile;
  readonly tensors: readonly AdapterTensor[];
  /** The weights, the configuration, and the tokenizer's files where the folder has its own. */
  readonly files: readonly CheckpointFile[];
}
