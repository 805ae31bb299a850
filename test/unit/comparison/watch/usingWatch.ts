import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WatchOptions } from '../../../../src/comparison/watch/watchOptions.ts';
import { type Watch, watchTraining } from '../../../../src/comparison/watch/watchTraining.ts';
import { Interrupted } from '../../../../src/errors.ts';
import type { RunEvent } from '../../../../src/run/progress/runEvents.ts';
import { defaultCalibrationSettings } from '../../../../src/settings/calibrationSettings.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { GoldenEngine, type Incident } from '../../run/goldenEngine.ts';

/* A training folder for each test, followed by a made clock and an engine that serves known figures. */

const pairName = 'tiny-qwen3-untied-sharded';
export const [base, sft] = [join(checkpointFixtures, pairName, 'base'), join(checkpointFixtures, pairName, 'sft')];

/** What a watch did until its clock had nothing more to do, or it ended by itself. */
export interface Followed {
  readonly watch: Watch | undefined;
  /** Names of the rows, as they came. */
  readonly rows: readonly string[];
  /** Names of the steps whose folders the engine was given. */
  readonly measured: readonly string[];
  readonly said: readonly string[];
}

interface MadeWatch {
  readonly folder: string;
  readonly out: string;
  step(name: string, from?: string): string;
  /**
   * Follows the folder. At each wait one of `happenings` happens while the clock goes on; after the last of them the watch is stopped.
   * An error other than that is thrown.
   */
  follow(own: Partial<WatchOptions>, happenings?: readonly (() => void)[], incident?: Incident): Promise<Followed>;
}

/** Called in a suite. */
export function usingWatch(): MadeWatch {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'watch-')));
    mkdirSync(join(folder, 'run'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return {
    get folder() {
      return join(folder, 'run');
    },
    get out() {
      return join(folder, 'a.readiness.json');
    },
    step(name, from = sft) {
      const path = join(folder, 'run', name);
      cpSync(from, path, { recursive: true });
      return path;
    },
    async follow(own, happenings = [], incident) {
      const lines = {
        training: [join(checkpointFixtures, 'tiny-calibration.jsonl')],
        heldOut: [],
        reading: { ...defaultSettings, ...defaultCalibrationSettings },
      };
      const stop = new AbortController();
      const [rows, measured, said]: [string[], string[], string[]] = [[], [], []];
      let now = 0;
      let waits = 0;
      const clock = {
        now: () => now,
        async wait(seconds: number) {
          now += seconds * 1000;
          const happening = happenings[waits++];
          if (happening === undefined && own.once !== true) stop.abort();
          happening?.();
        },
      };
      const options: WatchOptions = {
        ...{ folder: join(folder, 'run'), base: undefined, lines, out: join(folder, 'a.readiness.json') },
        ...{ every: 30, settle: 10, once: false, until: undefined, tensorboard: undefined },
        ...own,
      };
      const watch = await watchTraining(options, {
        ...{ signal: stop.signal, clock },
        onRow: ({ name }) => void rows.push(name),
        onEvent: (event: RunEvent) => {
          if (event.type === 'warning' || event.type === 'note') said.push(event.text);
        },
        async startEngine() {
          const engine = await GoldenEngine.open(pairName, incident, () => stop.abort());
          const measure = engine.measure.bind(engine);
          engine.measure = (params, callbacks) => {
            measured.push(params.checkpoint.slice(join(folder, 'run').length + 1));
            return measure(params, callbacks);
          };
          return engine;
        },
      }).catch((error: unknown) => {
        if (error instanceof Interrupted && stop.signal.aborted) return undefined;
        throw error;
      });
      return { watch, rows, measured, said };
    },
  };
}
