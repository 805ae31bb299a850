import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { probe } from '../../src/engine/device/probe.ts';
import { devices } from '../../src/settings/devices.ts';
import { precisions } from '../../src/settings/precision.ts';
import { weightStorages } from '../../src/settings/weightStorage.ts';
import { bandwidthCeiling, type ProductType, productCeiling, productTypes } from '../ceilings.ts';
import { generateCheckpoint } from '../generateCheckpoint.ts';
import type { Ceilings } from './ceilingTypes.ts';
import { checkGoldens } from './goldens.ts';
import { sizes } from './sizes.ts';

/*
 * One step's work, in a process of its own that may crash or be stopped: `goldens DEVICE WEIGHTS NAME...`, `ceilings DEVICE SIDE`,
 * `generate SIZE FOLDER`, `copy FILE TO` or `hashes CHECKPOINT`. Prints JSON.
 */

const [work, first = '', second = '', ...rest] = process.argv.slice(2);

/** In a line: the runtime's messages run over several, of file names and macros. */
const reason = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');

/** Why a type could not be multiplied; a runtime that has no such product for the device says so by internals. */
function whyNot(message: string): string {
  const lacks = /IsNodeCompatibleWithProvider|NOT_IMPLEMENTED|Could not find an implementation/.test(message);
  return lacks ? 'ONNX Runtime has none on this device' : message.slice(0, 200);
}

function knownDevice() {
  const device = devices.find((each) => each === first);
  if (device === undefined) throw new Error(`no device is called "${first}"`);
  return device;
}

/** 268 MB of float32: past every cache, and within what a small GPU binds. */
const mostElements = 2 ** 26;

async function ceilings(): Promise<Ceilings> {
  const side = Number(second);
  const device = knownDevice();
  const { available, reason: why } = await probe(device);
  if (!available) throw new Error(`${device}: ${why}`);
  const runs = { device, threads: 0, runs: 5 };
  const found: Partial<Record<ProductType, number | string>> = {};
  for (const type of Object.keys(productTypes) as ProductType[]) {
    try {
      found[type] = await productCeiling({ rows: side, inner: side, outer: side }, runs, type);
    } catch (error) {
      found[type] = whyNot(reason(error));
    }
  }
  return { ...found, bytesPerSecond: await bandwidthCeiling(Math.min(4 * side * side, mostElements), runs) };
}

const chunkBytes = 2 ** 20;
/** A longer file would not be copied any faster. */
const copiedBytes = 2 ** 31;
const copies = 3;

/** Bytes a second, read and written, of copying a file in chunks on one thread and making the copy durable. */
function copyCeiling(from: string, to: string): Pick<Ceilings, 'bytesPerSecond'> {
  const chunk = new Uint8Array(chunkBytes);
  let best = 0;
  for (let copy = 0; copy < copies; copy++) {
    const [input, output] = [openSync(from, 'r'), openSync(to, 'w')];
    const start = performance.now();
    let done = 0;
    while (done < copiedBytes) {
      const read = readSync(input, chunk);
      if (read === 0) break;
      writeSync(output, chunk, 0, read);
      done += read;
    }
    fsyncSync(output);
    best = Math.max(best, (2 * done) / ((performance.now() - start) / 1000));
    closeSync(input);
    closeSync(output);
    rmSync(to);
  }
  return { bytesPerSecond: best };
}

/** SHA-256 of every tensor's bytes, by name. */
async function tensorHashes(folder: string): Promise<Record<string, string>> {
  const { tensors, shards } = await openCheckpoint(folder);
  const found: Record<string, string> = {};
  for (const { name, shard, begin, byteLength } of tensors.values()) {
    const hash = createHash('sha256');
    const bytes = createReadStream(shards[shard]!.path, { start: begin, end: begin + byteLength - 1 });
    for await (const chunk of bytes) hash.update(chunk as Uint8Array);
    found[name] = hash.digest('hex');
  }
  return found;
}

async function goldens(): Promise<Record<string, never>> {
  const weights = weightStorages.find((each) => each === second) ?? 'auto';
  const [third, ...names] = rest;
  const precision = precisions.find((each) => each === third) ?? 'exact';
  const failures = Object.entries(await checkGoldens(knownDevice(), weights, precision, names));
  if (failures.length > 0) throw new Error(failures.map(([name, why]) => `${name}: ${why}`).join('; '));
  return {};
}

/** Entropies that spread as a trained model's do: targets then are no matter of rounding. */
const headScale = 6;

function generate(): Record<string, never> {
  const shape = sizes[first]!;
  generateCheckpoint(join(second, 'base'), shape, 1, 0, true, headScale);
  generateCheckpoint(join(second, 'sft'), shape, 1, 0.1, true, headScale);
  return {};
}

async function answer(): Promise<unknown> {
  switch (work) {
    case 'ceilings':
      return ceilings();
    case 'generate':
      return generate();
    case 'copy':
      return copyCeiling(first, second);
    case 'hashes':
      return tensorHashes(first);
    default:
      return goldens();
  }
}

try {
  process.stdout.write(`${JSON.stringify(await answer())}\n`);
} catch (error) {
  console.error(`error: ${reason(error)}`);
  process.exitCode = 1;
}
