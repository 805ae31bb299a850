import { projections } from '../../checkpoint/architecture/architecture.ts';
import type { ResetSummary } from '../../record/run/resetReport.ts';
import type { Measurement, RunRecord } from '../../record/run/runRecord.ts';
import type { TokenCount } from '../../record/run/selectedTokens.ts';
import type { OverlapSummary } from '../../record/run/targets/samplesOverlap.ts';
import { quoted } from './printable.ts';
import { type Column, table } from './table.ts';

/* The tables of a run record: measures, neurons reset, target tokens, times. */

const right = (head: string): Column => ({ head, align: 'right' });

export function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(ratio < 0.001 && ratio > 0 ? 3 : 2)} %`;
}

/**
 * Entropy, top-1 probability and NLL of every measured checkpoint: over all response tokens, at the targets, and, where
 * samples are held out, over the tokens of those.
 */
export function metricsTable(measurements: readonly Measurement[]): string {
  const value = (number: number) => number.toFixed(4);
  const anyHeldOut = measurements.some(({ heldOut }) => heldOut !== undefined);
  const heads = ['entropy (nats)', 'top-1 probability', 'NLL (nats)'];
  const keys = ['entropy', 'top1Probability', 'negativeLogLikelihood'] as const;
  return table(
    [
      { head: 'checkpoint' },
      ...heads.flatMap((head) => [head, 'at targets', ...(anyHeldOut ? ['held out'] : [])].map(right)),
    ],
    measurements.map(({ name, all, targets, heldOut }) => [
      name,
      ...keys.flatMap((key) => [
        value(all[key]),
        value(targets[key]),
        ...(anyHeldOut ? [heldOut === undefined ? '' : value(heldOut[key])] : []),
      ]),
    ]),
  );
}

/** Share of neurons reset, layer by module, with totals. */
export function resetTable(reset: ResetSummary): string {
  const ratio = (modules: ResetSummary['modules']) => {
    const width = modules.reduce((sum, module) => sum + module.width, 0);
    const neurons = modules.reduce((sum, module) => sum + module.neurons, 0);
    return percent(width === 0 ? 0 : neurons / width);
  };
  const layers = [...new Set(reset.modules.map(({ layer }) => layer))];
  const rows = layers.map((layer) => {
    const modules = reset.modules.filter((module) => module.layer === layer);
    return [
      String(layer),
      ...projections.map((name) => ratio(modules.filter(({ projection }) => projection === name))),
      ratio(modules),
    ];
  });
  rows.push([
    'all',
    ...projections.map((name) => ratio(reset.modules.filter(({ projection }) => projection === name))),
    ratio(reset.modules),
  ]);
  return table([{ head: 'layer' }, ...projections.map(right), right('all')], rows);
}

/** The most frequent target tokens. */
export function tokensTable(tokens: readonly TokenCount[]): string {
  return table(
    [{ head: 'token' }, right('id'), right('times a target'), right('mean entropy gap')],
    tokens.map(({ id, text, count, meanGap }) => [quoted(text), String(id), String(count), meanGap.toFixed(4)]),
  );
}

/** How much is reset, in a sentence. */
export function resetSentence(rho: number, reset: ResetSummary): string {
  return (
    `At rho ${rho} a target selects up to ${reset.budget} neurons; together they select ${reset.neurons} ` +
    `(${percent(reset.neuronRatio)} of all neurons), ${reset.parameters} parameters (${percent(reset.parameterRatio)}).`
  );
}

export function reconstructionSentence({ maxError, meanError }: RunRecord['reconstruction']): string {
  return `Reconstruction error of the target logits: at most ${maxError.toExponential(2)}, ${meanError.toExponential(2)} on average.`;
}

export function overlapSentence({ budget, samples, jaccard, chance, chanceWithin }: OverlapSummary): string {
  const index = (value: number) => value.toFixed(3);
  return (
    `Overlap of ${samples} samples, if a target selects ${budget} neurons: mean Jaccard index ${index(jaccard)}; ` +
    `by chance ${index(chanceWithin)} within modules, ${index(chance)} over all neurons.`
  );
}

export function phasesTable(phases: RunRecord['run']['phases']): string {
  return table(
    [{ head: 'phase' }, right('seconds')],
    phases.map(({ phase, seconds }) => [phase, seconds.toFixed(2)]),
  );
}
