import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Format, faultOf } from './format.ts';
import { untrustedFormats } from './formats.ts';

/*
 * Coverage-guided fuzzing: `node --import tsx test/storm/guided.ts [INPUTS] [SEED] [FORMAT]`. An input that runs a block of
 * src/ that none before it ran is kept and changed further, so that what lies behind several checks is reached as well. V8
 * tells which blocks ran. Of formats that are text or bytes; exit code 1 where anything happened but reading and refusing.
 */

const [inputs = '10000', seed = String(Date.now() % 2 ** 31), only = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'guided-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

let state = Number(seed) >>> 0;
/** A whole number below a limit, the same for the same seed. */
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const known = new Set<string>();

/** Blocks of src/ that ran since this was asked last, and not before for this format. */
function newBlocks(): number {
  let found = 0;
  session.post('Profiler.takePreciseCoverage', (_, { result }) => {
    for (const { url, functions } of result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions) {
        for (const { count, startOffset, endOffset } of ranges) {
          const block = `${url} ${startOffset} ${endOffset}`;
          if (count === 0 || known.has(block)) continue;
          known.add(block);
          found++;
        }
      }
    }
  });
  return found;
}

const intrusions = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '\u0000',
  '\ufeff',
].map((text) => Buffer.from(text));

/** One to four small changes: bytes turned, cut out, put in, said twice, or taken from another input. */
function changed(input: Buffer, other: Buffer): Buffer {
  let bytes = input;
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(bytes.length + 1);
    const length = random(Math.min(40, bytes.length - at + 1));
    const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
    const from = random(other.length + 1);
    const middle = [
      () => piece.map((byte) => byte ^ (1 << random(8))),
      () => Buffer.alloc(0),
      () => Buffer.concat([intrusions[random(intrusions.length)]!, piece]),
      () => Buffer.concat([piece, piece]),
      () => other.subarray(from, from + length + random(20)),
    ][random(5)]!();
    bytes = Buffer.concat([head, middle, tail]);
  }
  return bytes;
}

type Bytes = { readonly toBuffer: (input: unknown) => Buffer; readonly fromBuffer: (bytes: Buffer) => unknown };

/** How inputs of a format are changed as bytes; undefined where they are something else. */
function asBytes(sample: unknown): Bytes | undefined {
  if (typeof sample === 'string') {
    return { toBuffer: (input) => Buffer.from(input as string), fromBuffer: (bytes) => bytes.toString('utf8') };
  }
  if (!(sample instanceof Uint8Array)) return undefined;
  return { toBuffer: (input) => Buffer.from(input as Uint8Array), fromBuffer: (bytes) => Uint8Array.from(bytes) };
}

async function fuzz(format: Format): Promise<void> {
  const first = fc.sample(format.inputs, { numRuns: 100, seed: Number(seed) });
  const bytes = asBytes(first[0]);
  if (bytes === undefined) return;
  const corpus = first.map(bytes.toBuffer);
  newBlocks();
  known.clear();
  const faults = new Map<string, string>();
  let [accepted, faulty] = [0, 0];
  for (let tried = 0; tried < Number(inputs); tried++) {
    // What was kept last is changed most.
    const chosen = random(2) === 0 ? corpus.length - 1 - random(Math.min(corpus.length, 20)) : random(corpus.length);
    const input = tried < first.length ? corpus[tried]! : changed(corpus[chosen]!, corpus[random(corpus.length)]!);
    try {
      await format.read(bytes.fromBuffer(input));
      accepted++;
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== undefined) {
        faulty++;
        faults.set(fault.split('\n')[0]!.slice(0, 80), `${fault}\n  base64 ${input.toString('base64').slice(0, 2000)}`);
      }
    }
    if (newBlocks() > 0 && input.length < 100_000) corpus.push(input);
  }
  const cells = [format.name.padEnd(20), inputs, accepted, corpus.length - first.length, known.size, faulty];
  console.log(cells.map((cell, i) => (i === 0 ? cell : String(cell).padStart(10))).join(''));
  for (const fault of faults.values()) console.log(`\n${fault}\n`);
  if (faulty > 0) process.exitCode = 1;
}

console.log(`${inputs} inputs a format, seed ${seed}`);
console.log(`${'format'.padEnd(20)}     tried  accepted      kept     blocks    faults`);
for (const format of await untrustedFormats(folder)) if (format.name.includes(only)) await fuzz(format);
