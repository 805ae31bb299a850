/** A kind of input, and how large one may be: a larger one is some other file, and reading it would take for ever. */
export interface InputKind {
  /** For the sentence "more than the … bytes expected of …". */
  readonly what: string;
  readonly maxBytes: number;
}

/** Every limit is far above what real files have, and low enough that reading one to its end does no harm. */
export const inputKinds = {
  /** A few kB. */
  config: { what: 'a config.json', maxBytes: 10e6 },
  /** 10 MB for 400 layers. */
  shardIndex: { what: 'a shard index', maxBytes: 100e6 },
  /** Qwen3: 11 MB, Llama 3: 17 MB, Gemma 3: 33 MB. */
  tokenizer: { what: 'a tokenizer.json', maxBytes: 200e6 },
  /** A few MB where it repeats all added tokens. */
  tokenizerConfig: { what: 'a tokenizer_config.json', maxBytes: 50e6 },
  /** The longest known have some tens of kB. */
  chatTemplate: { what: 'a chat template', maxBytes: 4e6 },
  /** Some tens of kB; those with embedded pictures, some MB. */
  modelCard: { what: 'a model card', maxBytes: 50e6 },
  /** Some kB with many outputs. */
  recipe: { what: 'a recipe', maxBytes: 1e6 },
  /** A commit's hash. */
  hubReference: { what: 'a reference of the Hub cache', maxBytes: 1000 },
  /** Some forty characters. */
  hubToken: { what: 'a token of the Hub', maxBytes: 1000 },
  /** What is copied beside weights: vocabularies, merges, chat templates, licences; the largest is a vocabulary. */
  sideFile: { what: 'a file beside the weights', maxBytes: 200e6 },
  /** Weights may have any size: what is read of them is bounded by their header. */
  weights: { what: 'weights', maxBytes: Number.POSITIVE_INFINITY },
  /** Of a large one only what is drawn is tokenised; to find the rows all of it is gone through, at some GB a second. */
  calibration: { what: 'a calibration file', maxBytes: 1e12 },
  /** LLaMA-Factory's own names hundreds of data sets in 20 kB. */
  datasetInfo: { what: 'a dataset_info.json', maxBytes: 10e6 },
  /** 500,000 response rows and a full vocabulary are 20 MB. */
  record: { what: 'a record', maxBytes: 256e6 },
  /** They are held in memory: 16 bytes a neuron, 200 bytes a response row. */
  arrays: { what: "a record's arrays file", maxBytes: 16e9 },
  /** What a stopped run left: 200 bytes a response row. */
  unfinished: { what: 'the log of a stopped run', maxBytes: 2e9 },
  /** Of attribution 14 bytes a neuron and sample: 12 GB for 128 samples of a 70B model, in all. */
  partial: { what: 'a partial of a run', maxBytes: 1e12 },
  /** The CUDA provider of ONNX Runtime has 0.3 GB. */
  package: { what: 'a package', maxBytes: 4e9 },
  /** cuBLASLt, the largest of CUDA's libraries, has 0.6 GB. */
  library: { what: 'a library', maxBytes: 4e9 },
} as const satisfies Readonly<Record<string, InputKind>>;
