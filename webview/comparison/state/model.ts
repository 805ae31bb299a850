import type {
  ComparisonResults,
  ComparisonRows,
  ComparisonSummary,
  NextTokenDistributions,
  TensorMaps,
  TensorWindow,
} from '../../../src/protocol/comparison.ts';
import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { matrixShape } from '../../../src/record/comparison/tensors/matrixShape.ts';
import { type PooledDifference, pooledDifference } from '../../../src/record/comparison/tensors/pooledDifference.ts';
import type { ComparisonHost } from './host.ts';
import type { Sample } from './sample.ts';
import type { Bounds, Region, State } from './state.ts';

/* The comparison record as its page knows it, and the parts of it that are asked of the host. */

type Spectrum = ComparisonResults['spectrum'];

/** Side by side without being asked. */
const shownPairs = 3;
const keptParts = 128;

type Known<Part> = { readonly part: Part } | { readonly fault: string };

/** Parts that the host was asked for, by key. The oldest are forgotten. */
class Parts {
  readonly #known = new Map<string, Known<unknown> | undefined>();
  readonly #arrived: () => void;

  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** The part or the host's sentence why not; undefined while it is on its way. */
  take<Part>(key: string, ask: () => Promise<Part>): Known<Part> | undefined {
    if (!this.#known.has(key)) {
      const [oldest] = this.#known.keys();
      if (this.#known.size >= keptParts && oldest !== undefined) this.#known.delete(oldest);
      this.#known.set(key, undefined);
      const settle = (known: Known<unknown>) => {
        // Forgotten meanwhile: nobody looks at it any more.
        if (!this.#known.has(key)) return;
        this.#known.set(key, known);
        this.#arrived();
      };
      ask().then(
        (part) => settle({ part }),
        (error: Error) => settle({ fault: error.message }),
      );
    }
    return this.#known.get(key) as Known<Part> | undefined;
  }

  /** Whether it was asked for. */
  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** Lets a part that failed be asked for again. */
  forgetFault(key: string): void {
    const known = this.#known.get(key);
    if (known !== undefined && 'fault' in known) this.#known.delete(key);
  }
}

/** The record as the page knows it, and the parts of it that were asked for. */
export class Model {
  readonly summary: ComparisonSummary;
  readonly #host: ComparisonHost;
  readonly #parts: Parts;
  /** The distribution asked for last. */
  #distribution: string | undefined;

  /** @param arrived called when a part that a view asked for is there */
  constructor(summary: ComparisonSummary, host: ComparisonHost, arrived: () => void) {
    this.summary = summary;
    this.#host = host;
    this.#parts = new Parts(arrived);
  }

  get record(): ComparisonSummary['record'] {
    return this.summary.record;
  }

  get bounds(): Bounds {
    const { checkpoints, pairs, tensors, output } = this.record;
    return {
      checkpoints: checkpoints.length,
      pairs: pairs.length,
      defaultTensor: this.#mostChanged(),
      shapes: tensors.map(({ shape }) => {
        const { rows, columns } = matrixShape(shape);
        return [rows, columns];
      }),
      sampleRows: output?.samples.map(({ rows }) => rows) ?? [],
    };
  }

  name(checkpoint: number): string {
    return this.record.checkpoints[checkpoint]!.name;
  }

  /** Names of a pair's two sides. */
  sides(pair: number): { readonly checkpoint: string; readonly reference: string } {
    const { reference, checkpoint } = this.record.pairs[pair]!;
    return { checkpoint: this.name(checkpoint), reference: this.name(reference) };
  }

  /** `sft against base`. */
  pairName(pair: number): string {
    const { checkpoint, reference } = this.sides(pair);
    return `${checkpoint} against ${reference}`;
  }

  difference(pair: number, tensor: number): DifferenceScalars {
    return this.record.differences[pair]![tensor]!;
  }

  /** All tensors of a pair as one. */
  whole(pair: number): PooledDifference {
    return pooledDifference(
      this.record.tensors.map(({ elements }, tensor) => ({ elements, difference: this.difference(pair, tensor) })),
    );
  }

  /** The tensor looked at: the chosen one, or the layers' weight matrix that changed most in any pair. */
  tensor(state: State): number {
    return state.tensor ?? this.#mostChanged();
  }

  #mostChanged(): number {
    let best = 0;
    let most = -1;
    this.record.tensors.forEach(({ shape, layer }, tensor) => {
      if (shape.length < 2 || layer === undefined) return;
      const change = Math.max(...this.record.pairs.map((_, pair) => this.difference(pair, tensor).relativeNorm ?? 0));
      if (change > most) [best, most] = [tensor, change];
    });
    return best;
  }

  /** Pairs shown side by side. */
  pairs(state: State): readonly number[] {
    return state.pairs ?? this.record.pairs.map((_, pair) => pair).slice(0, shownPairs);
  }

  /** Why elements of a pair cannot be read; undefined when they can. */
  filesFault(pair: number): string | undefined {
    const { reference, checkpoint } = this.record.pairs[pair]!;
    return [reference, checkpoint]
      .map((position) => this.summary.files[position])
      .find((files) => files?.present === false)?.reason;
  }

  maps(pair: number, tensor: number): Known<TensorMaps> | undefined {
    return this.#parts.take(`tensor ${pair} ${tensor}`, () =>
      this.#host.request<'tensor'>({ name: 'tensor', pair, tensor }),
    );
  }

  window(pair: number, tensor: number, region: Region): Known<TensorWindow> | undefined {
    const { rowStart, rowEnd, columnStart, columnEnd } = region;
    const key = `window ${pair} ${tensor} ${rowStart} ${rowEnd} ${columnStart} ${columnEnd}`;
    return this.#parts.take(key, () => this.#host.request<'window'>({ name: 'window', pair, tensor, ...region }));
  }

  /** Singular values of a tensor's change: the record's, or what was asked for; 'unasked' where they are neither. */
  spectrum(pair: number, tensor: number): Known<Spectrum> | 'unasked' | undefined {
    const { spectrum } = this.difference(pair, tensor);
    if (spectrum !== undefined) return { part: spectrum };
    return this.#parts.has(`spectrum ${pair} ${tensor}`) ? this.#spectrum(pair, tensor) : 'unasked';
  }

  /** Has them computed, where they are not known yet. */
  askSpectrum(pair: number, tensor: number): void {
    if (this.difference(pair, tensor).spectrum !== undefined) return;
    this.#parts.forgetFault(`spectrum ${pair} ${tensor}`);
    this.#spectrum(pair, tensor);
  }

  #spectrum(pair: number, tensor: number): Known<Spectrum> | undefined {
    return this.#parts.take(`spectrum ${pair} ${tensor}`, () =>
      this.#host.request<'spectrum'>({ name: 'spectrum', pair, tensor }),
    );
  }

  rows(): Known<ComparisonRows> | undefined {
    return this.#parts.take('rows', () => this.#host.request<'rows'>({ name: 'rows' }));
  }

  sample(index: number): Known<Sample> | undefined {
    return this.#parts.take(`sample ${index}`, async () => {
      const sample = await this.#host.request<'sample'>({ name: 'sample', index });
      return {
        ...sample,
        textOf: new Map(sample.tokens.texts.map((text, place) => [sample.tokens.ids[place]!, text])),
      };
    });
  }

  /** @param row a logit row of the sample */
  distribution(sample: number, row: number): Known<NextTokenDistributions> | undefined {
    const key = `distribution ${sample} ${row}`;
    // One that failed, or that another click stopped, is asked for again when one comes back to its token.
    if (key !== this.#distribution) this.#parts.forgetFault(key);
    this.#distribution = key;
    return this.#parts.take(key, () => this.#host.request<'distribution'>({ name: 'distribution', sample, row }));
  }
}
