import { tokenTexts } from '../../calibration/tokenTexts.ts';
import { isWrite, type Projection } from '../../checkpoint/architecture/architecture.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { extremes, logitLens } from '../../comparison/neurons/logitLens.ts';
import { type NeuronPlace, neuronChange, neuronVector, writtenVector } from '../../comparison/neurons/neuronVector.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { InputError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { responseRowOf } from '../../method/responseRows.ts';
import type {
  ExplainedSide,
  Explanation,
  NeuronDrift,
  WrittenToken,
  WrittenTokens,
} from '../../protocol/explanation.ts';
import { intArray } from '../../record/arrays/arrays.ts';
import { measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { type ExplainedToken, explainTokens } from '../../run/explanation/explainTokens.ts';
import { recordedCheckpoint } from '../../run/explanation/recordedCheckpoint.ts';

/* What the inspector asks of a record's checkpoints: a neuron's weights, the tokens it writes, why a token has its logit. */

/** Tokens listed of a neuron, each way. */
const listedTokens = 20;
/** Neurons listed of a token: so many that push, and half as many that hold back, of each logit and of the difference. */
const listedNeurons = 64;
/** Explanations kept, so that going back to a token costs nothing. */
const keptExplanations = 32;

/** What the place that shows the inspector allows. */
export interface ExplanationContext {
  /** Whether a folder may be looked at because a record names it. */
  readonly mayRead: (folder: string) => boolean;
  /** Lends an engine for one question. @throws InputError where no model may run */
  readonly useEngine: <Result>(signal: AbortSignal, work: (engine: Engine) => Promise<Result>) => Promise<Result>;
}

/** Neither files nor engine. */
export const recordAlone: ExplanationContext = {
  mayRead: () => false,
  useEngine: () => Promise.reject(new InputError('No model runs here.')),
};

/** The column through which a neuron writes; undefined where it only decides where attention looks, or what it carries. */
export function writingColumn({ projection, neuron }: NeuronPlace): WrittenTokens['column'] | undefined {
  const through: Partial<Record<Projection, Projection>> = { gate_proj: 'down_proj', up_proj: 'down_proj' };
  const written = isWrite(projection) ? projection : through[projection];
  return written && { projection: written, neuron };
}

/** A record's checkpoints, opened when they are first asked for, and what was found out with them. */
export class Explanations {
  readonly #open: OpenRecord;
  readonly #context: ExplanationContext;
  readonly #checkpoints = new Map<'base' | 'sft', Promise<Checkpoint>>();
  readonly #explained = new Map<string, Explanation>();
  readonly #gone = new AbortController();
  readonly #working = new Map<'tokens' | 'explanation', AbortController>();

  constructor(open: OpenRecord, context: ExplanationContext) {
    this.#open = open;
    this.#context = context;
  }

  /** Stops all that is under way. */
  dispose(): void {
    this.#gone.abort();
    for (const stop of this.#working.values()) stop.abort();
  }

  /** Stops what of one kind is under way: only the last one asked for is waited for. */
  #latest(kind: 'tokens' | 'explanation'): AbortSignal {
    this.#working.get(kind)?.abort();
    const stop = new AbortController();
    this.#working.set(kind, stop);
    return stop.signal;
  }

  /** @throws InputError saying why the checkpoint's files are not to be used */
  async #checkpoint(side: 'base' | 'sft'): Promise<Checkpoint> {
    const recorded = this.#open.record.inputs[side];
    const { folder } = recorded;
    if (!this.#context.mayRead(folder)) {
      throw new InputError(
        `${quotedPath(folder)} lies outside this workspace, which is not trusted: trust it to read the files.`,
      );
    }
    const known = await this.#checkpoints.get(side)?.catch(() => undefined);
    if (known !== undefined && (await isUnchanged(known))) return known;
    const opening = recordedCheckpoint(recorded, this.#gone.signal);
    this.#checkpoints.set(side, opening);
    opening.catch(() => this.#checkpoints.delete(side));
    return opening;
  }

  #place(neuron: number): NeuronPlace {
    const module = this.#open.layout.modules.find(({ offset, width }) => neuron >= offset && neuron < offset + width);
    if (module === undefined) throw new RangeError(`The record has no neuron ${neuron}.`);
    return { layer: module.layer, projection: module.projection, neuron: neuron - module.offset };
  }

  /** @throws InputError when a checkpoint cannot be read, or is another than the run's */
  async drift(neuron: number): Promise<NeuronDrift> {
    const place = this.#place(neuron);
    const sft = await neuronVector(await this.#checkpoint('sft'), place);
    return neuronChange(await neuronVector(await this.#checkpoint('base'), place), sft);
  }

  /**
   * The tokens that a neuron writes towards and away from.
   *
   * @throws RangeError for one that writes none; InputError when the SFT cannot be read, or is another than the run's
   * @throws Interrupted when another neuron's are asked for meanwhile
   */
  async tokens(neuron: number): Promise<WrittenTokens> {
    const signal = this.#latest('tokens');
    const place = this.#place(neuron);
    const column = writingColumn(place);
    if (column === undefined) throw new RangeError(`A neuron of ${place.projection} writes no tokens.`);
    const sft = await this.#checkpoint('sft');
    const lens = await logitLens(sft, await writtenVector(sft, { ...place, ...column }), signal);
    const gold = [...new Set(intArray(this.#open.arrays, 'targets.gold'))];
    gold.sort((a, b) => lens[b]! - lens[a]! || a - b).splice(listedTokens);
    const [towards, away] = [extremes(lens, listedTokens), extremes(lens, listedTokens, -1)];
    const texts = await this.#texts(sft, [...towards, ...away], signal);
    const listed = (ids: Iterable<number>) =>
      Array.from(ids, (id): WrittenToken => ({ id, text: texts(id), value: lens[id]! }));
    return { column, towards: listed(towards), away: listed(away), gold: listed(gold) };
  }

  /** Texts of tokens: the record's, or where it has none the tokenizer's. */
  async #texts(
    { tokenizerPath }: Checkpoint,
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<(id: number) => string> {
    const { tokens } = this.#open.record;
    const known = new Map(tokens.ids.map((id, place) => [id, tokens.texts[place]!]));
    const missing = ids.filter((id) => !known.has(id));
    const read = missing.length > 0 && tokenizerPath !== undefined;
    const found = read ? await tokenTexts(tokenizerPath, missing, signal) : undefined;
    return (id) => known.get(id) ?? found?.get(id) ?? `<${id}>`;
  }

  /**
   * Why the gold token and the most likely other one have their logits at a row, by the engine.
   *
   * @throws RangeError for a row that was not measured; InputError when the SFT cannot be read or no model may run
   * @throws Interrupted when another row's is asked for meanwhile
   */
  async explain(sample: number, row: number): Promise<Explanation> {
    const key = `${sample} ${row}`;
    const known = this.#explained.get(key);
    if (known !== undefined) return known;
    const { record, arrays, layout } = this.#open;
    const of = record.samples[sample];
    const own = of && responseRowOf(of.responses, row);
    if (of === undefined || own === undefined) throw new RangeError(`Row ${row} of sample ${sample} was not measured.`);
    const ids = intArray(arrays, 'samples.ids').subarray(of.firstId, of.firstId + of.tokens);
    const gold = ids[row + 1]!;
    const { topTokens } = record.settings;
    const likely = intArray(arrays, measurementArrayName(1, 'top_ids'));
    const at = (of.firstRow + own) * topTokens;
    const runner = likely.subarray(at, at + topTokens).find((id) => id !== gold);
    if (runner === undefined) throw new RangeError('The record keeps no other token of this row.');
    const signal = this.#latest('explanation');
    const sft = await this.#checkpoint('sft');
    const found = await this.#context.useEngine(signal, (engine) =>
      explainTokens(engine, sft, { ids, row }, [gold, runner], signal),
    );
    await checkUnchanged(sft, 'while it was run');
    const texts = await this.#texts(sft, [gold, runner], signal);
    const side = ({ token, logit, terms }: ExplainedToken): ExplainedSide => ({
      ...{ token, logit, terms },
      text: texts(token),
    });
    const neurons = mostTelling(found[0]!.scores, found[1]!.scores, layout.total);
    const explanation: Explanation = {
      ...{ sample, row, neurons, gold: side(found[0]!), runner: side(found[1]!) },
      goldScores: Float32Array.from(neurons, (neuron) => found[0]!.scores[neuron]!),
      runnerScores: Float32Array.from(neurons, (neuron) => found[1]!.scores[neuron]!),
    };
    const oldest = this.#explained.size < keptExplanations ? undefined : this.#explained.keys().next().value;
    if (oldest !== undefined) this.#explained.delete(oldest);
    this.#explained.set(key, explanation);
    return explanation;
  }
}

/** Whether the files are those that were opened; cheap enough for every question. */
function isUnchanged(checkpoint: Checkpoint): Promise<boolean> {
  return checkUnchanged(checkpoint, 'since it was opened').then(
    () => true,
    () => false,
  );
}

/** Neurons that add most to, or take most from, one logit, the other, or their difference; ascending. */
function mostTelling(gold: Float64Array, runner: Float64Array, total: number): Int32Array {
  const differences = Float32Array.from({ length: total }, (_, neuron) => gold[neuron]! - runner[neuron]!);
  const told = new Set<number>();
  for (const values of [Float32Array.from(gold), Float32Array.from(runner), differences]) {
    for (const neuron of extremes(values, listedNeurons)) told.add(neuron);
    for (const neuron of extremes(values, listedNeurons / 2, -1)) told.add(neuron);
  }
  return Int32Array.from(told).sort();
}
