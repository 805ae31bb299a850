import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeasuredPoint } from '../../../../src/record/sweep/sweepRecord.ts';
import { attributionRun } from '../../../../src/run/attributionRun.ts';
import type { RunEvent } from '../../../../src/run/progress/runEvents.ts';
import { type SweepOptions, sweepRun } from '../../../../src/run/sweep/sweepRun.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { GoldenEngine } from '../goldenEngine.ts';
import { WeightEngine } from './weightEngine.ts';

/* A run record of the tiny checkpoint to be swept, fresh for each test, in a folder whose temporary files can be counted. */

const name = 'tiny-qwen2-tied';
export const pair = { base: join(checkpointFixtures, name, 'base'), sft: join(checkpointFixtures, name, 'sft') };

export const engineSettings = {
  device: 'cpu',
  memoryBytes: 0,
  processes: 0,
  threads: 0,
  weights: 'auto',
  precision: 'exact',
} as const;

export const withoutSeconds = (points: readonly MeasuredPoint[]) => points.map((point) => ({ ...point, seconds: 0 }));

/** What a test of sweeps works with. */
export class SweepHome {
  /** Of the record, and where sweeps go. */
  folder = '';
  /** Notes that were said in this test. */
  notes: string[] = [];

  get record(): string {
    return join(this.folder, 'a.rejuvenation.json');
  }

  /** Where temporary checkpoints lie. */
  get scratch(): string {
    return join(this.folder, 'scratch');
  }

  context(engine: WeightEngine, signal = new AbortController().signal) {
    return {
      signal,
      onEvent: (event: RunEvent) => void (event.type === 'note' && this.notes.push(event.text)),
      startEngine: async () => engine,
    };
  }

  options(more: Partial<SweepOptions> = {}): SweepOptions {
    return {
      ...{ record: this.record, alphas: [0.4, 0.5], rhos: [0, 0.005, 0.02] },
      ...{ controls: [], seeds: 2, anchors: [], overwrite: false, ...engineSettings, ...more },
    };
  }

  sweep(more: Partial<SweepOptions> = {}, engine = new WeightEngine()) {
    return sweepRun(this.options(more), this.context(engine));
  }
}

async function writeRecord(record: string): Promise<void> {
  const engine = await GoldenEngine.open(name);
  await attributionRun(
    {
      inputs: { ...pair, calibration: [join(checkpointFixtures, 'tiny-calibration.jsonl')] },
      outputs: { record },
      settings: { ...defaultSettings, rho: 0.02, topN: 3, holdout: 0.25 },
      overwrite: true,
    },
    { signal: new AbortController().signal, onEvent: () => undefined, startEngine: async () => engine },
  );
}

/** To be called in a `describe`: its tests have such a home each. */
export function useSweepHome(): SweepHome {
  const home = new SweepHome();
  let made: string;
  let temporary: string | undefined;
  before(async () => {
    made = mkdtempSync(join(tmpdir(), 'sweep-record-'));
    await writeRecord(join(made, 'a.rejuvenation.json'));
  });
  after(() => rmSync(made, { recursive: true }));
  beforeEach(() => {
    home.folder = mkdtempSync(join(tmpdir(), 'sweep-'));
    home.notes = [];
    for (const file of readdirSync(made)) writeFileSync(join(home.folder, file), readFileSync(join(made, file)));
    mkdirSync(home.scratch);
    temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = home.scratch;
  });
  afterEach(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(home.folder, { recursive: true });
  });
  return home;
}
