import { type NeuronLayout, neuronLayout } from '../../../src/method/neuronLayout.ts';
import { type EffectiveReset, ResetCurve } from '../../../src/method/resetRatio.ts';
import type {
  InspectorResults,
  InspectorSnapshot,
  RecordSummary,
  RowTable,
  SampleDetail,
  TokenTable,
} from '../../../src/protocol/inspector.ts';
import type { NeuronArray } from '../../../src/record/run/recordArrays.ts';
import type { SamplesOverlap } from '../../../src/record/run/targets/samplesOverlap.ts';
import type { Host } from './host.ts';
import { Measurements } from './measurements.ts';
import { type RhoRange, rhoRange } from './rhoScale.ts';
import type { State } from './state.ts';

/* The run record as the inspector's page knows it, and the parts of it that are asked of the host. */

/** Samples kept at hand; the map shows one at a time. */
const samplesKept = 16;

/**
 * The record as the page has it: the small half at once, the rest asked for when a view first needs it. A getter
 * answers undefined while its part is on the way, and the page draws again when it is there.
 */
export class Model {
  readonly record: RecordSummary;
  readonly layout: NeuronLayout;
  readonly range: RhoRange;
  readonly #measured: Measurements;
  readonly #host: Host;
  readonly #arrived: (error?: Error) => void;
  readonly #asked = new Set<string>();
  readonly #neurons = new Map<NeuronArray, Int32Array | Float32Array>();
  readonly #samples = new Map<number, SampleDetail>();
  #curve: ResetCurve | undefined;
  #reset: { readonly rho: number; readonly reset: EffectiveReset } | undefined;
  #tokens: (TokenTable & { readonly textOf: ReadonlyMap<number, string> }) | undefined;
  #rows: RowTable | undefined;
  #excerpts: readonly string[] | undefined;
  #overlap: SamplesOverlap | undefined;

  /** @param arrived called when a part has come, or with what went wrong */
  constructor(
    { record }: Extract<InspectorSnapshot, { type: 'record' }>,
    host: Host,
    arrived: (error?: Error) => void,
  ) {
    this.record = record;
    this.layout = neuronLayout(record.architecture);
    this.range = rhoRange(record.settings);
    this.#host = host;
    this.#arrived = arrived;
    this.#measured = new Measurements(() => this.#askMeasured());
  }

  #ask<Name extends 'neurons' | 'tokens' | 'rows' | 'sample' | 'excerpts' | 'overlap' | 'measured'>(
    key: string,
    request: Parameters<typeof Host.prototype.request<Name>>[0],
    keep: (result: InspectorResults[Name]) => void,
  ): undefined {
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    this.#host.request<Name>(request).then(
      (result) => {
        keep(result);
        this.#arrived();
      },
      (error: unknown) => this.#arrived(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #askMeasured(): void {
    this.#asked.delete('measured');
    this.#ask<'measured'>('measured', { name: 'measured' }, (all) => this.#measured.set(all));
  }

  /** What was measured without a commit; asked for when it is first wanted, and empty until it is there. */
  get measured(): Measurements {
    if (!this.#asked.has('measured')) this.#askMeasured();
    return this.#measured;
  }

  neurons(array: NeuronArray): Int32Array | Float32Array | undefined {
    const known = this.#neurons.get(array);
    if (known !== undefined) return known;
    return this.#ask<'neurons'>(array, { name: 'neurons', array }, (values) => this.#neurons.set(array, values));
  }

  /** Best rank of every neuron over all targets, flat order. */
  get bestRank(): Int32Array | undefined {
    return this.neurons('best_rank') as Int32Array | undefined;
  }

  /** Counts for every rho. */
  get curve(): ResetCurve | undefined {
    if (this.#curve === undefined && this.bestRank !== undefined) {
      this.#curve = new ResetCurve(this.layout, this.bestRank);
    }
    return this.#curve;
  }

  rho(state: State): number {
    return state.rho ?? this.record.settings.rho;
  }

  /** Positions of the measurements to show beside each other: base, SFT and the latest, unless others were chosen. */
  shownMeasurements({ shown }: State): number[] {
    const { measurements } = this.record;
    const last = measurements.length - 1;
    return measurements.flatMap(({ name }, position) =>
      (shown === undefined ? position < 2 || position === last : shown.includes(name)) ? [position] : [],
    );
  }

  alpha(state: State): number {
    return state.alpha ?? this.record.settings.alpha;
  }

  /** What a reset at the state's rho selects. The run's own rho needs no ranks: the record counted it. */
  reset(state: State): EffectiveReset | undefined {
    const rho = this.rho(state);
    if (this.#reset?.rho === rho) return this.#reset.reset;
    const reset = rho === this.record.settings.rho ? this.#recordedReset() : this.curve?.at(rho);
    if (reset !== undefined) this.#reset = { rho, reset };
    return reset;
  }

  /** The largest rho that resets at most a share `ratio`; undefined while ranks are on the way, or where there is none. */
  rhoWithin(ratio: number): number | undefined {
    return this.curve?.largestWithin(ratio, this.record.settings.rhoMax);
  }

  #recordedReset(): EffectiveReset {
    const { budget, neurons, neuronRatio, parameters, modules } = this.record.reset;
    return {
      budget,
      neurons,
      neuronRatio,
      parameters,
      modules: modules.map((module, position) => ({
        module: this.layout.modules[position]!,
        neurons: module.neurons,
        parameters: module.parameters,
      })),
    };
  }

  get tokens(): (TokenTable & { readonly textOf: ReadonlyMap<number, string> }) | undefined {
    if (this.#tokens !== undefined) return this.#tokens;
    return this.#ask<'tokens'>('tokens', { name: 'tokens' }, (table) => {
      const textOf = new Map<number, string>();
      table.ids.forEach((id, position) => {
        textOf.set(id, table.texts[position]!);
      });
      this.#tokens = { ...table, textOf };
    });
  }

  get rows(): RowTable | undefined {
    if (this.#rows !== undefined) return this.#rows;
    return this.#ask<'rows'>('rows', { name: 'rows' }, (rows) => {
      this.#rows = rows;
    });
  }

  /** How each sample begins. Untrusted. */
  get excerpts(): readonly string[] | undefined {
    if (this.#excerpts !== undefined) return this.#excerpts;
    return this.#ask<'excerpts'>('excerpts', { name: 'excerpts' }, (excerpts) => {
      this.#excerpts = excerpts;
    });
  }

  /** How far samples select the same neurons; the budget asked for last is kept. */
  overlap(budget: number): SamplesOverlap | undefined {
    if (this.#overlap?.budget === budget) return this.#overlap;
    return this.#ask<'overlap'>(`overlap ${budget}`, { name: 'overlap', budget }, (overlap) => {
      this.#asked.delete(`overlap ${budget}`);
      this.#overlap = overlap;
    });
  }

  sample(index: number): SampleDetail | undefined {
    const known = this.#samples.get(index);
    if (known !== undefined) return known;
    return this.#ask<'sample'>(`sample ${index}`, { name: 'sample', index }, (detail) => {
      const oldest = this.#samples.size < samplesKept ? undefined : this.#samples.keys().next().value;
      if (oldest !== undefined) {
        this.#samples.delete(oldest);
        this.#asked.delete(`sample ${oldest}`);
      }
      this.#samples.set(index, detail);
    });
  }
}
