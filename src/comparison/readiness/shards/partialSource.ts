import type { Prompt } from '../../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../../readiness/rollout.ts';
import type { RunContext } from '../../../run/progress/runContext.ts';
import type { RolloutSource, SampledCheckpoint, SampleOptions } from '../../../run/readiness/rolloutSource.ts';
import { warnOfHardware } from '../../../run/shards/shardPins.ts';
import type { Device } from '../../../settings/devices.ts';
import type { ProductForm } from '../../../settings/precision.ts';
import type { JoinedPartials } from '../readinessOptions.ts';
import type { LineSets, LinesMeasurer } from '../teacherForcedRows.ts';
import { findPart, readAnswersPart, readLinesPart } from './readPart.ts';

/* What shards left, in the place of an engine: a readiness run reads it and goes on as if it had measured and sampled. */

/** Hands what one writes to one who reads, one at a time. */
class HandedOver<Item> {
  #item: Item | undefined;
  #taken: () => void = () => {};
  #given: () => void = () => {};
  #ended = false;

  /** Settles when the item was taken. */
  give(item: Item): Promise<void> {
    this.#item = item;
    this.#given();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    this.#given();
  }

  async *all(): AsyncGenerator<Item> {
    for (;;) {
      if (this.#item !== undefined) {
        const item = this.#item;
        this.#item = undefined;
        yield item;
        this.#taken();
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#given = resolve;
        });
      }
    }
  }

  /** Nobody reads any more. */
  stop(): void {
    this.#taken();
  }
}

/** Warns where shards were computed on unlike hardware. */
export class HardwareWatch {
  readonly #seen = new Set<string>();
  readonly #onEvent: RunContext['onEvent'];
  #said = false;

  constructor(onEvent: RunContext['onEvent']) {
    this.#onEvent = onEvent;
  }

  see(hardware: readonly string[]): void {
    for (const each of hardware) this.#seen.add(each);
    if (this.#seen.size < 2 || this.#said) return;
    this.#said = true;
    warnOfHardware([...this.#seen], this.#onEvent);
  }
}

/** Answers of a checkpoint out of partials. The first temperature asked for is the one of RL's rollouts. */
export class PartialSource implements RolloutSource {
  readonly identity = {};
  described = 'the partials';
  readonly #checkpoint: SampledCheckpoint;
  readonly #position: number;
  readonly #joined: JoinedPartials;
  readonly #watch: HardwareWatch;
  #asked = 0;

  constructor(checkpoint: SampledCheckpoint, position: number, joined: JoinedPartials, watch: HardwareWatch) {
    this.#checkpoint = checkpoint;
    this.#position = position;
    this.#joined = joined;
    this.#watch = watch;
  }

  /** @throws InputError as {@link findPart} and {@link readAnswersPart}; Interrupted */
  async *sample(prompts: readonly Prompt[], options: SampleOptions): AsyncGenerator<PromptRollouts> {
    const kind = this.#asked++ === 0 ? 'sample' : 'evaluation';
    const { partials, weights } = this.#joined;
    const part = {
      ...{ checkpoint: this.#checkpoint.checkpoint!, position: this.#position },
      work: { kind, prompts, options, rendering: this.#joined.rendering },
    } as const;
    const found = await findPart(part, partials, weights);
    this.#watch.see(found.hardware);
    this.described = `the engine on ${found.header.engine.device}`;
    const handed = new HandedOver<PromptRollouts>();
    const stopped = new AbortController();
    const signal = AbortSignal.any([options.signal, stopped.signal]);
    const reading = readAnswersPart(part, found, signal, (done) => handed.give(done)).finally(() => handed.end());
    // What it ends with is heard at the end; until then it is nobody's to handle.
    reading.catch(() => undefined);
    try {
      yield* handed.all();
      await reading;
    } finally {
      stopped.abort();
      handed.stop();
      await reading.catch(() => undefined);
    }
  }

  async dispose(): Promise<void> {}
}

/** Measures of lines out of partials. @throws InputError as {@link findPart} */
export async function partialMeasurer(
  joined: JoinedPartials,
  checkpoints: readonly SampledCheckpoint[],
  { training, heldOut }: LineSets,
  watch: HardwareWatch,
): Promise<LinesMeasurer> {
  const { partials, weights } = joined;
  const [first] = checkpoints;
  const [kind, lines] = training === undefined ? (['held-out', heldOut] as const) : (['training', training] as const);
  const work = { kind, samples: lines!.calibration.samples };
  const { header } = await findPart({ checkpoint: first!.checkpoint!, position: 0, work }, partials, weights);
  const facts: { readonly device: Device; readonly products: ProductForm } = header.engine;
  return {
    ...{ device: facts.device, products: facts.products },
    async measure(checkpoint, position, own, samples) {
      const part = { checkpoint, position, work: { kind: own, samples } };
      const found = await findPart(part, partials, weights);
      watch.see(found.hardware);
      return (await readLinesPart(part, found)).measures;
    },
    async dispose() {},
  };
}
