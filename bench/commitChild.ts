import { openCheckpoint } from '../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../src/checkpoint/pair.ts';
import { projectionName } from '../src/checkpoint/tensorNames.ts';
import { commitCheckpoint } from '../src/commit/commit.ts';
import { neuronLayout } from '../src/method/neuronLayout.ts';

/*
 * One commit in a process of its own, so that it can be held to one core and its peak memory is its own:
 * `commitChild.ts BASE SFT OUT [hash] [fsync]`. Prints seconds, processor seconds and bytes of peak memory as JSON.
 */

/** Every hundredth neuron of every module: rows and columns to reset, as in a real run. */
const every = 100;

const [baseFolder, sftFolder, out, ...switches] = process.argv.slice(2) as [string, string, string, ...string[]];
const sft = await openCheckpoint(sftFolder);
const pair = await checkPair(await openCheckpoint(baseFolder), sft);
const resetSet = new Map(
  neuronLayout(sft.architecture).modules.map(({ layer, projection, width }) => [
    projectionName(layer, projection),
    Uint32Array.from({ length: Math.floor(width / every) }, (_, i) => i * every),
  ]),
);
const start = performance.now();
const cpuStart = process.cpuUsage();
await commitCheckpoint({
  pair,
  alpha: 0.5,
  resetSet,
  out,
  overwrite: false,
  manifest: (files) => ({ files }),
  hashing: switches.includes('hash'),
  syncing: switches.includes('fsync'),
});
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpuStart);
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ seconds, cpuSeconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
