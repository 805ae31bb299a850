import type { Prompt, PromptOptions } from '../../calibration/prompt.ts';
import { encodePrompts } from '../../calibration/prompts.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { stopTokensOf } from '../../checkpoint/stopTokens.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { Interrupted } from '../../errors.ts';
import type { Completion, EngineOutcome, EnginePlan } from '../../protocol/engine.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import type { SamplingOptions } from '../../sampling/samplingOptions.ts';
import { RolloutWriter } from './rolloutWriter.ts';

/* Samples answers to prompts from a checkpoint: encodes the prompts, has the engine sample, and decodes the answers. */

export interface RolloutRequest {
  /** The checkpoint's folder, or how users name one: see locateCheckpoint. */
  readonly checkpoint: string;
  /** A `tokenizer.json` in place of the checkpoint's own. */
  readonly tokenizer?: string | undefined;
  /** For a base that is to have the SFT's vocabulary. */
  readonly completion?: Completion | undefined;
  readonly prompts: readonly Prompt[];
  /** The first prompt to sample; those before it were finished earlier. Random numbers do not depend on it. */
  readonly firstPrompt?: number;
  /** The first prompt that is not to be sampled any more; when left out, none is. Last bits do not depend on it either. */
  readonly endPrompt?: number;
  /** How prompts are rendered: the checkpoint's chat template and the tokenizer's special tokens unless said. */
  readonly rendering?: Partial<Omit<PromptOptions, 'tokenizerPath'>>;
  readonly options: Omit<SamplingOptions, 'stopTokens'> & {
    /** Unless said those of {@link stopTokensOf}, and the `eos_token` of the tokenizer's configuration, as vLLM has it. */
    readonly stopTokens?: readonly number[];
  };
}

export interface RolloutContext {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** Hears of every prompt once, in order; texts are untrusted. */
  onRollouts(rollouts: PromptRollouts): void;
  /** Answers that are finished, of how many. */
  onProgress?(done: number, total: number): void;
  onPlan?(plan: EnginePlan): void;
  /** Hears what decides which answers are sampled beside which; what it throws ends the request. */
  onCut?(cut: string): void;
  onNote?(text: string): void;
}

/** What a request came to. */
export interface RolloutOutcome {
  /** The checkpoint's folder. */
  readonly folder: string;
  readonly stopTokens: readonly number[];
  /** How the engine cut the work; null where nothing was left to do. */
  readonly plan: EngineOutcome | null;
}

/**
 * Samples `options.samples` answers to each prompt. The same request gives the same answers to the last bit on one device with
 * one memory budget, whichever of its prompts are sampled; with other prompts or memory, but for last bits. Log-probabilities and entropies are of the
 * distribution at temperature 1 without top-p, whatever tokens were drawn with.
 *
 * @throws InputError for a checkpoint, tokenizer, prompt or option that cannot be used
 * @throws RunError when the model does not fit the memory, or gives values that are no numbers
 * @throws Interrupted on abort; `onRollouts` has heard of what was finished
 */
export async function sampleRollouts(request: RolloutRequest, context: RolloutContext): Promise<RolloutOutcome> {
  const { prompts, completion, firstPrompt = 0, endPrompt = prompts.length, rendering = {}, options } = request;
  const { engine, signal } = context;
  const located = await locateCheckpoint(request.checkpoint);
  for (const note of located.notes) context.onNote?.(note);
  const checkpoint = await openCheckpoint(located.folder);
  const tokenizerPath = request.tokenizer ?? requiredTokenizer(checkpoint);
  if (signal.aborted) throw new Interrupted('Stopped.');
  const rendered: PromptOptions = {
    chatTemplate: '',
    templateArgs: [],
    specialTokens: 'tokenizer',
    templateFolders: [checkpoint.folder],
    ...rendering,
    tokenizerPath,
  };
  const encoded = await encodePrompts(rendered, prompts, { signal });
  const end = encoded.endOfText === undefined ? [] : [encoded.endOfText];
  const stopTokens = options.stopTokens ?? [...new Set([...(await stopTokensOf(checkpoint.folder)), ...end])];
  if (firstPrompt >= endPrompt) return { folder: checkpoint.folder, stopTokens, plan: null };

  const writer = new RolloutWriter(tokenizerPath, signal, context.onRollouts);
  const samples = encoded.ids.map((ids, index) => ({ index, ids }));
  try {
    const plan = await engine.sample(
      {
        checkpoint: checkpoint.folder,
        completion,
        samples,
        firstSample: firstPrompt,
        endSample: endPrompt,
        options: { ...options, stopTokens },
      },
      {
        onSample: (sampled) => writer.add(sampled),
        onProgress: ({ done, total }) => context.onProgress?.(done, total),
        ...(context.onPlan && { onPlan: context.onPlan }),
        ...(context.onCut && { onCut: context.onCut }),
        ...(context.onNote && { onNote: context.onNote }),
        signal,
      },
    );
    await writer.finish();
    return { folder: checkpoint.folder, stopTokens, plan };
  } catch (error) {
    await writer.settle();
    throw error;
  }
}
