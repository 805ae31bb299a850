import { type EffectiveReset, ResetCurve } from '../../method/resetRatio.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { bestRanks, heavyResetWarning, type ResetSummary } from '../../record/run/resetReport.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { figure, text } from '../pages.ts';
import type { ToolDocument } from '../toolCall.ts';

/* A run record in short, as agents read it first. */

/** Entries of each list: what is more is counted. */
const most = 8;

type Means = RunRecord['measurements'][number]['all'];

/** Means over response rows, nats but for the probability. */
function meansDocument({ rows, entropy, top1Probability, negativeLogLikelihood }: Means): ToolDocument {
  return {
    rows,
    entropy: figure(entropy),
    top1_probability: figure(top1Probability),
    nll: figure(negativeLogLikelihood),
  };
}

/** A measured checkpoint: over all response rows, the targets, and held-out samples where there are any. */
export function measuredDocument({
  all,
  targets,
  heldOut,
}: Pick<RunRecord['measurements'][number], 'all' | 'targets' | 'heldOut'>): ToolDocument {
  return {
    all: meansDocument(all),
    targets: meansDocument(targets),
    ...(heldOut === undefined ? {} : { held_out: meansDocument(heldOut) }),
  };
}

/** What is reset at some rho, without its modules. */
export function resetDocument(rho: number, reset: Omit<ResetSummary, 'modules'>): ToolDocument {
  const warning = heavyResetWarning(reset);
  return {
    rho,
    budget: reset.budget,
    neurons: reset.neurons,
    effective_reset_ratio: figure(reset.neuronRatio),
    parameter_ratio: figure(reset.parameterRatio),
    ...(warning === undefined ? {} : { warning }),
  };
}

/** How much any rho of a record resets. */
export function resetCurve({ layout, arrays }: OpenRecord): ResetCurve {
  return new ResetCurve(layout, bestRanks(layout, arrays));
}

/** Modules by the share of their neurons that is reset, the largest first. */
export function modulesByRatio({ modules }: EffectiveReset): ToolDocument[] {
  return modules
    .map(({ module, neurons }) => ({ module, neurons, ratio: neurons / module.width }))
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ module: { layer, projection, width, experts }, neurons, ratio }) => ({
      ...{ layer, projection, width, reset: neurons, ratio: figure(ratio) },
      ...(experts !== undefined && { experts }),
    }));
}

/** The summary: settings, what was measured, how much is reset, what was committed. */
export function runSummary({ path, record }: Pick<OpenRecord, 'path' | 'record'>): ToolDocument {
  const { settings, inputs, measurements, samples, reset, reconstruction, notes, checkpoints, engine } = record;
  const { alpha, rho, rhoMax, topN, holdout, seed, maxLength } = settings;
  return {
    record: path,
    kind: 'run',
    base: text(inputs.base.folder),
    sft: text(inputs.sft.folder),
    settings: {
      alpha,
      rho,
      rho_max: rhoMax,
      top_n: topN,
      samples: settings.samples,
      seed,
      holdout,
      max_length: maxLength,
    },
    device: engine.device,
    samples: samples.length,
    held_out_samples: samples.filter(({ heldOut }) => heldOut).length,
    targets: measurements[0]!.targets.rows,
    neurons: record.neurons.total,
    measurements: measurements
      .slice(0, most)
      .map((measured) => ({ name: text(measured.name), ...measuredDocument(measured) })),
    reset: resetDocument(rho, reset),
    reconstruction,
    checkpoints: checkpoints.slice(-most).map((each) => ({ ...each, folder: text(each.folder), phases: undefined })),
    notes: notes.slice(0, most).map(text),
    more: {
      measurements: Math.max(0, measurements.length - most),
      checkpoints: Math.max(0, checkpoints.length - most),
      notes: Math.max(0, notes.length - most),
    },
  };
}
