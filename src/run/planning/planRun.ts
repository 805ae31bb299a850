import { availableParallelism } from 'node:os';
import { readCalibration } from '../../calibration/calibration.ts';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import { heldOutSamples } from '../../calibration/heldOut.ts';
import { assumedFlops } from '../../engine/plan/deviceCosts.ts';
import { memoryBudget } from '../../engine/plan/memoryBudget.ts';
import { InputError } from '../../errors.ts';
import { scratchRoom } from '../../files/writing/scratchFile.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { responseRowCount } from '../../method/responseRows.ts';
import type { EnginePlan } from '../../protocol/engine.ts';
import { calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import type { Device } from '../../settings/devices.ts';
import { checkSettings, type RunSettings } from '../../settings/runSettings.ts';
import type { RunInputs } from '../files/runOutputs.ts';
import type { RunContext } from '../progress/runContext.ts';
import { PhaseClock } from '../progress/runEvents.ts';
import { mostShards, shardRanges } from '../shards/shardPlace.ts';
import { measuredRates, type Rates } from './measuredRates.ts';
import { plannedModel } from './plannedModel.ts';
import { type PlannedPhase, plannedPhases, productsOf, shardWorkOf } from './plannedPhases.ts';

/* What a run would take on so many GPUs and nodes: memory, passes over the weights, FLOP, bytes and time. Nothing is run. */

export interface PlanOptions {
  readonly inputs: RunInputs;
  readonly settings: RunSettings;
  /** GPUs, or processes, of one machine that are to be compared. */
  readonly gpus: readonly number[];
  /** Machines, each with the most of those. */
  readonly nodes: number;
  /** A record of a run on such hardware, whose rates are taken. */
  readonly measured?: string | undefined;
  /** That files are read at by a machine, bytes a second; what is assumed when left out. */
  readonly readRate?: number | undefined;
}

/** A number of GPUs, and what the shard that takes longest takes in each phase. */
export interface PlannedWay {
  readonly nodes: number;
  /** Of a node. */
  readonly gpus: number;
  readonly phases: readonly {
    readonly phase: PlannedPhase['phase'];
    readonly samples: number;
    readonly weightPasses: number;
    readonly flops: number;
    readonly bytes: number;
    readonly seconds: number;
  }[];
  /** Of all phases, one after the other. */
  readonly seconds: number;
}

export interface ClusterPlan {
  readonly device: Device;
  readonly samples: number;
  readonly tokens: number;
  readonly responseTokens: number;
  /** As many as there can be. */
  readonly targets: number;
  readonly neurons: number;
  /** Of each process. */
  readonly memoryBytes: number;
  readonly phases: readonly { readonly phase: PlannedPhase['phase']; readonly plan: EnginePlan }[];
  readonly ways: readonly PlannedWay[];
  /** Of base and SFT, as they lie on the disk. */
  readonly inputBytes: number;
  /** Of all partials of a run in shards. */
  readonly partialBytes: number;
  /** Of the checkpoint that is written. */
  readonly outputBytes: number;
  readonly rates: Rates;
  readonly notes: readonly string[];
}

/** Four fifths of an H100's. */
const gpuBytes = 0.8 * 84.9e9;
/** That a machine reads files at where nobody says, bytes a second. */
const assumedReadRate = 2e9;

/**
 * Plans a run by the configs of its checkpoints, whose weights need not be there, and its calibration.
 *
 * @throws InputError as a run does, and for a record that says no rates
 */
export async function planRun(options: PlanOptions, { signal, onEvent }: RunContext): Promise<ClusterPlan> {
  const { inputs, gpus, nodes, measured } = options;
  checkSettings(options.settings);
  const most = Math.max(...gpus) * nodes;
  if (most > mostShards) throw new InputError(`A run has at most ${mostShards} shards, not ${most}.`);
  const notes: string[] = [];
  const settings = await settled(options.settings, notes);
  const device = settings.device as Device;
  const base = await plannedModel(inputs.base);
  const sft = await plannedModel(inputs.sft, base);
  notes.push(...base.notes, ...sft.notes);
  const tokenizerPath = inputs.tokenizer ?? sft.tokenizerPath;
  if (tokenizerPath === undefined) {
    throw new InputError(`"${sft.folder}" lacks tokenizer.json: name another with --tokenizer FILE.`);
  }
  const { paths, notes: chosen } = await calibrationFiles(inputs.calibration);
  const clock = new PhaseClock(onEvent);
  clock.begin('load');
  const calibration = await readCalibration({
    paths,
    samples: settings.samples,
    seed: settings.seed,
    tokenizerPath,
    templateFolders: [sft.folder],
    ...calibrationSettingsOf(settings),
    maxLength: Math.min(settings.maxLength, base.architecture.maxPositions, sft.architecture.maxPositions),
    vocabSize: sft.architecture.vocabSize,
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
  });
  clock.end();
  notes.push(...chosen, ...calibration.notes);
  const { samples } = calibration;
  const heldOut = heldOutSamples(samples.length, settings.holdout, settings.seed);
  const work = samples.map(({ ids, responses, index }) => {
    return { tokens: ids.length, responses, heldOut: heldOut.has(index) };
  });
  const { memoryBytes, weights, precision } = settings;
  const asked = { device, memoryBytes, weights, precision, scratchBytes: scratchRoom() };
  const phases = plannedPhases(base, sft, work, settings.topN, asked);
  const threads = settings.threads === 0 ? availableParallelism() : settings.threads;
  const flops = assumedFlops(device, productsOf(device, precision), threads);
  const assumed = { measuring: flops, attribution: flops, measured: false };
  const rates: Rates = measured === undefined ? assumed : await measuredRates(measured, device);
  const tokens = work.map((each) => each.tokens);
  const readRate = options.readRate ?? assumedReadRate;
  const wayOf = (count: number, machines: number) => plannedWay(phases, tokens, count, machines, rates, readRate);
  const neurons = neuronLayout(sft.architecture).total;
  return {
    device,
    samples: samples.length,
    tokens: tokens.reduce((sum, each) => sum + each, 0),
    responseTokens: samples.reduce((sum, { responses }) => sum + responseRowCount(responses), 0),
    targets: phases.at(-1)!.samples.reduce((sum, { targets }) => sum + targets.length, 0),
    neurons,
    memoryBytes,
    phases: phases.map(({ phase, plan }) => ({ phase, plan: shownPlan(plan) })),
    ways: [...gpus.map((count) => wayOf(count, 1)), ...(nodes > 1 ? [wayOf(Math.max(...gpus), nodes)] : [])],
    inputBytes: base.bytes + sft.bytes,
    partialBytes: partialBytes(phases, neurons, settings),
    outputBytes: sft.bytes,
    rates,
    notes,
  };
}

/** Settings with a device and a size of memory, where neither was said. */
async function settled(settings: RunSettings, notes: string[]): Promise<RunSettings> {
  const device = settings.device === 'auto' ? 'cuda' : settings.device;
  if (settings.memoryBytes > 0) return { ...settings, device };
  if (device === 'cpu') return { ...settings, device, memoryBytes: memoryBudget(0, device, 1, [], []).bytes };
  notes.push('Planned for four fifths of the memory of a GPU with 80 GB: say another with --memory.');
  return { ...settings, device, memoryBytes: gpuBytes };
}

function shownPlan(plan: PlannedPhase['plan']): EnginePlan {
  const { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate } = plan;
  return { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate };
}

function plannedWay(
  phases: readonly PlannedPhase[],
  tokens: readonly number[],
  gpus: number,
  nodes: number,
  rates: Rates,
  readRate: number,
): PlannedWay {
  const ranges = shardRanges(tokens, gpus * nodes);
  const longest = phases.map((phase) => {
    const rate = phase.phase === 'attribution' ? rates.attribution : rates.measuring;
    const works = ranges.map((range) => {
      const work = shardWorkOf(phase, range);
      // Processes of a machine read the same files at about the same time: what one reads, the page cache has for the others.
      return { phase: phase.phase, ...work, seconds: work.flops / rate + work.bytes / readRate };
    });
    return works.reduce((most, each) => (each.seconds > most.seconds ? each : most));
  });
  return { nodes, gpus, phases: longest, seconds: longest.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/** By count (src/run/shards/file): sums and largest scores of every sample, ranks of every target. */
function partialBytes(phases: readonly PlannedPhase[], neurons: number, { rhoMax }: RunSettings): number {
  const { samples } = phases.at(-1)!;
  const targets = samples.reduce((sum, sample) => sum + sample.targets.length, 0);
  return Math.round(12 * neurons * samples.length + 4 * Math.floor(rhoMax * neurons) * targets);
}
