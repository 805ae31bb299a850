import type { Prompt as EncodedPrompt } from '../../calibration/prompt.ts';
import { message } from '../../calibration/shapes/exchange.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { InputError } from '../../errors.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import type { CalibrationSettings } from '../../settings/calibrationSettings.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent } from '../progress/runEvents.ts';
import { sampleRollouts } from '../sampling/sampleRollouts.ts';
import type { OpenRolloutSource, RolloutSource, SampleOptions } from './rolloutSource.ts';

/* Our own engine as a source of rollouts: checkpoints that lie here. */

/** How prompts are rendered. */
export type PromptRendering = Pick<CalibrationSettings, 'chatTemplate' | 'templateArgs' | 'specialTokens'>;

/** How the engine runs checkpoints, and how prompts are rendered. */
export interface EngineSourceOptions
  extends Pick<RunSettings, 'memoryBytes' | 'device' | 'processes' | 'threads' | 'weights' | 'precision'>,
    PromptRendering {}

function encoded({ input }: Prompt): EncodedPrompt {
  if (input.kind === 'text') return input;
  const messages = input.messages.map(({ role, content }) => message(role, content));
  return { kind: 'conversation', conversation: { messages, tools: null, variables: new Map() } };
}

/** For whoever works before it samples: the source itself notices only then. @throws InputError when there is a stop text */
export function refuseStopTexts({ stop }: Pick<SampleOptions, 'stop'>): void {
  if (stop.length === 0) return;
  throw new InputError('The engine ends answers at stop tokens alone, not at texts: leave --stop out.');
}

/** Answers as they come, for whoever goes through them. */
class Arriving {
  readonly #waiting: PromptRollouts[] = [];
  #wake: () => void = () => {};
  #ended = false;

  add(rollouts: PromptRollouts): void {
    this.#waiting.push(rollouts);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *all(): AsyncGenerator<PromptRollouts> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

class EngineSource implements RolloutSource {
  readonly identity: Readonly<Record<string, unknown>>;
  readonly described: string;
  readonly #checkpoint: Checkpoint;
  readonly #engine: Engine;
  readonly #options: HeldSourceOptions;
  readonly #onEvent: RunContext['onEvent'];

  constructor(checkpoint: Checkpoint, engine: Engine, options: HeldSourceOptions, onEvent: RunContext['onEvent']) {
    this.#checkpoint = checkpoint;
    this.#engine = engine;
    this.#options = options;
    this.#onEvent = onEvent;
    const { chatTemplate, templateArgs, specialTokens, weights } = options;
    const { folder, files, merged } = checkpoint;
    // A merged adapter lies elsewhere each time.
    const lasting = (merged?.files ?? files).map(({ name, identity: { bytes, modified } }) => ({
      name,
      bytes,
      modified,
    }));
    const { device, products, runtimeVersion } = engine;
    const how = { chatTemplate, templateArgs, specialTokens, weights, device, products, runtimeVersion };
    this.identity = { folder, files: lasting, mergedInto: merged?.base ?? null, ...how };
    this.described = `the engine on ${device}`;
  }

  /** Finished prompts come in the order of their indices, so that those that are left are the last ones. */
  async *sample(prompts: readonly Prompt[], options: SampleOptions): AsyncGenerator<PromptRollouts> {
    const { samples, temperature, topP, maxTokens, seed, signal } = options;
    refuseStopTexts(options);
    const wanted = new Set(prompts.map(({ index }) => index));
    const firstPrompt = prompts.reduce((least, { index }) => Math.min(least, index), Infinity);
    const endPrompt = prompts.reduce((most, { index }) => Math.max(most, index), 0) + 1;
    const known = new Map((options.among ?? prompts).map((prompt) => [prompt.index, prompt]));
    const length = [...known.keys()].reduce((most, index) => Math.max(most, index + 1), 0);
    // A prompt's random numbers hang on its index: where one is not known, something is filled in.
    const all = Array.from({ length }, (_, index) => encoded(known.get(index) ?? prompts[0]!));
    const { chatTemplate, templateArgs, specialTokens } = this.#options;
    const arriving = new Arriving();
    let heard = 0;
    const stop = new AbortController();
    const sampling = sampleRollouts(
      {
        checkpoint: placeOf(this.#checkpoint),
        tokenizer: this.#checkpoint.tokenizerPath,
        prompts: all,
        firstPrompt,
        endPrompt,
        rendering: { chatTemplate, templateArgs, specialTokens },
        options: { samples, temperature, topP, maxTokens, seed },
      },
      {
        engine: this.#engine,
        signal: AbortSignal.any([signal, stop.signal]),
        onRollouts: (rollouts) => arriving.add(rollouts),
        onProgress(done) {
          for (; heard < done; heard++) options.onAnswer?.();
        },
        onPlan: (plan) => this.#onEvent({ type: 'plan', phase: 'sample', plan }),
        ...(options.onCut && { onCut: options.onCut }),
        onNote: (text) => this.#onEvent({ type: 'warning', text }),
      },
    ).finally(() => arriving.end());
    // What it ends with is heard at the end; until then it is nobody's to handle.
    sampling.catch(() => undefined);
    try {
      for await (const rollouts of arriving.all()) if (wanted.has(rollouts.prompt)) yield rollouts;
      await sampling;
      await checkUnchanged(this.#checkpoint, 'while it was sampled');
    } finally {
      // Whoever stops listening does not want the rest.
      stop.abort();
      await sampling.catch(() => undefined);
    }
  }

  async dispose(): Promise<void> {}
}

export type HeldSourceOptions = Pick<EngineSourceOptions, 'weights' | keyof PromptRendering>;

/** Samples by an engine that somebody else started, and will dispose of. */
export function heldEngineSource(
  engine: Engine,
  checkpoint: Checkpoint,
  options: HeldSourceOptions,
  onEvent: RunContext['onEvent'],
): RolloutSource {
  return new EngineSource(checkpoint, engine, options, onEvent);
}

/** Samples by an engine of its own for each checkpoint. The device is said once, unless another takes its place. */
export function engineSource(
  options: EngineSourceOptions,
  { onEvent, startEngine }: Pick<RunContext, 'onEvent' | 'startEngine'>,
): OpenRolloutSource {
  let said = '';
  return async ({ checkpoint, folder }, signal) => {
    if (checkpoint === undefined)
      throw new InputError(`"${folder}" does not lie here, so that the engine cannot sample it.`);
    const { device, memoryBytes, processes, threads, weights, precision } = options;
    const engine = await startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
    const { device: on, refused, processes: count, gpus } = engine;
    const event = deviceEvent(engine);
    const which = JSON.stringify([on, refused, count, gpus]);
    if (which !== said) onEvent(event);
    said = which;
    const source = heldEngineSource(engine, checkpoint, options, onEvent);
    return {
      identity: source.identity,
      described: source.described,
      sample: (prompts, how) => source.sample(prompts, how),
      dispose: () => engine.dispose(),
    };
  };
}
