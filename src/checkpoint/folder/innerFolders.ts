/* The folders inside a trainer's step in which its weights lie as Hugging Face names them. */

/**
 * By name, outermost first: verl's `actor/huggingface`, LLaMA-Factory's and others' `hf`, OpenRLHF's `hf_model`, NeMo's
 * `model/consolidated`.
 */
export const innerFolders: ReadonlySet<string> = new Set([
  'actor',
  'huggingface',
  'hf',
  'hf_model',
  'model',
  'consolidated',
]);
