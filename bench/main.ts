import { benchAttribution } from './attribution.ts';
import { benchCalibration } from './calibration.ts';
import { benchCommit } from './commit/commit.ts';
import { benchDiff } from './diff.ts';
import { benchForward } from './forward.ts';
import { benchFusing } from './fusing.ts';
import { benchInspector } from './inspector.ts';
import { benchPrecision } from './precision.ts';
import { benchPrediction } from './prediction.ts';
import { benchRanking } from './ranking.ts';
import { benchReading } from './reading.ts';
import { benchSampling } from './sampling.ts';
import { benchSize } from './size.ts';

/*
 * `npm run bench [commit] [fusing] [ranking] [forward] [attribution] [inspector] [diff] [reading] [calibration] [precision] [prediction] [sampling] [size]`:
 * measurements side by side, in one run, as ratios. All of them when none is named.
 */

const benches: Readonly<Record<string, () => Promise<void> | void>> = {
  commit: benchCommit,
  fusing: benchFusing,
  ranking: benchRanking,
  forward: benchForward,
  attribution: benchAttribution,
  inspector: benchInspector,
  diff: benchDiff,
  reading: benchReading,
  precision: benchPrecision,
  prediction: benchPrediction,
  sampling: benchSampling,
  calibration: benchCalibration,
  size: benchSize,
};

const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`No benchmark is called "${unknown}"; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const name of named.length === 0 ? Object.keys(benches) : named) await benches[name]!();
