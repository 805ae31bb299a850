import { type Projection, projections } from '../../checkpoint/architecture/architecture.ts';
import { InputError } from '../../errors.ts';
import { expertNeuron } from '../../method/neuronLayout.ts';
import { isReset, resetBudget } from '../../method/resetSet.ts';
import { doubleArray, floatArray, intArray } from '../../record/arrays/arrays.ts';
import { measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import { type NeuronArray, neuronArrayName } from '../../record/run/recordArrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { selectedTokens } from '../../record/run/selectedTokens.ts';
import { targetRows } from '../../record/run/targetRows.ts';
import { checkRho } from '../../run/commit/checkRho.ts';
import { figure, type Page, page, text } from '../pages.ts';
import { modulesByRatio, resetCurve } from './runSummary.ts';

/* The long parts of a run record, in pages: modules, neurons of one, targets, selected tokens. */

/** Which rows of a part, and how many characters of them. */
export interface PartRequest {
  readonly rho?: number | undefined;
  readonly layer?: number | undefined;
  readonly projection?: Projection | undefined;
  readonly offset: number;
  readonly room: number;
}

function rhoOf({ record }: OpenRecord, { rho }: PartRequest): number {
  const taken = rho ?? record.settings.rho;
  checkRho(taken, record.settings);
  return taken;
}

/** Modules by the share of their neurons that is reset, the largest first. */
export function modulesPage(open: OpenRecord, request: PartRequest): Page<unknown> {
  const ordered = modulesByRatio(resetCurve(open).at(rhoOf(open, request)));
  return page(ordered.length, request.offset, request.room, (position) => ordered[position]!);
}

/** The neurons of one module, the best rank first, those never ranked last. */
export function neuronsPage(open: OpenRecord, request: PartRequest): Page<unknown> {
  const { layout, arrays, record } = open;
  const { layer, projection } = request;
  const { layers } = record.architecture;
  if (layer === undefined || projection === undefined || layer >= layers) {
    throw new InputError(
      `The part neurons is of one module: give layer (0 to ${layers - 1}) and projection (${projections.join(', ')}).`,
    );
  }
  const budget = resetBudget(rhoOf(open, request), layout.total);
  const module = layout.modules.find((each) => each.layer === layer && each.projection === projection)!;
  const name = (array: NeuronArray) => neuronArrayName(layer, projection, array);
  const [ranks, hits] = [intArray(arrays, name('best_rank')), intArray(arrays, name('hits'))];
  const [mean, max] = [floatArray(arrays, name('mean_score')), floatArray(arrays, name('max_score'))];
  const place = (neuron: number) => (ranks[neuron]! < 0 ? Number.POSITIVE_INFINITY : ranks[neuron]!);
  const order = Array.from(ranks.keys()).sort((a, b) => (place(a) === place(b) ? a - b : place(a) - place(b)));
  return page(order.length, request.offset, request.room, (position) => {
    const neuron = order[position]!;
    const own = expertNeuron(module, neuron);
    return {
      neuron,
      ...(own && { expert: own.expert, neuron_of_expert: own.neuron }),
      best_rank: ranks[neuron]! < 0 ? null : ranks[neuron]!,
      reset: isReset(ranks[neuron]!, budget),
      hits: hits[neuron]!,
      mean_score: figure(mean[neuron]!),
      max_score: figure(max[neuron]!),
    };
  });
}

/** Targets, the largest entropy gap first. */
export function targetsPage({ record, arrays }: OpenRecord, { offset, room }: PartRequest): Page<unknown> {
  const [sample, row, gold] = [
    intArray(arrays, 'targets.sample'),
    intArray(arrays, 'targets.row'),
    intArray(arrays, 'targets.gold'),
  ];
  const [logit, rebuilt] = [doubleArray(arrays, 'targets.logit'), doubleArray(arrays, 'targets.reconstructed_logit')];
  const rows = targetRows(record.samples, row);
  const measure = (position: number, array: 'entropy' | 'nll') =>
    floatArray(arrays, measurementArrayName(position, array));
  const [baseEntropy, sftEntropy] = [measure(0, 'entropy'), measure(1, 'entropy')];
  const [baseNll, sftNll] = [measure(0, 'nll'), measure(1, 'nll')];
  const texts = new Map(record.tokens.ids.map((id, position) => [id, record.tokens.texts[position]!]));
  const gap = (target: number) => Math.abs(sftEntropy[rows[target]!]! - baseEntropy[rows[target]!]!);
  const order = Array.from(gold.keys()).sort((a, b) => gap(b) - gap(a) || a - b);
  return page(order.length, offset, room, (position) => {
    const target = order[position]!;
    const at = rows[target]!;
    return {
      target,
      sample: sample[target]!,
      row: row[target]!,
      token_id: gold[target]!,
      token_text: text(texts.get(gold[target]!) ?? ''),
      entropy_gap: figure(gap(target)),
      base_entropy: figure(baseEntropy[at]!),
      sft_entropy: figure(sftEntropy[at]!),
      base_nll: figure(baseNll[at]!),
      sft_nll: figure(sftNll[at]!),
      logit: figure(logit[target]!),
      reconstructed_logit: figure(rebuilt[target]!),
    };
  });
}

/** Selected tokens, the most frequent first. */
export function tokensPage({ record, arrays }: OpenRecord, { offset, room }: PartRequest): Page<unknown> {
  const tokens = selectedTokens(record, arrays);
  return page(tokens.length, offset, room, (position) => {
    const { id, text: token, count, meanGap } = tokens[position]!;
    return { token_id: id, token_text: text(token), targets: count, mean_entropy_gap: figure(meanGap) };
  });
}
