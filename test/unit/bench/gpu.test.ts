import assert from 'node:assert/strict';
import { agreementText } from '../../../bench/gpu/agreement.ts';
import { readOptions } from '../../../bench/gpu/options.ts';
import { failureLine, runStep } from '../../../bench/gpu/step.ts';
import { traffic } from '../../../bench/gpu/traffic.ts';
import { cudaEnvironment } from '../../../src/engine/device/cudaEnvironment.ts';
import type { EnginePlan } from '../../../src/protocol/engine.ts';
import { setEnvironment } from '../../environment.ts';
import { tinyArchitecture } from '../record/tinyRecord.ts';

/** 2 layers of q 4·8, k and v 2·8, o 8·4, and three of 16·8: 480 weights; a head of 10·8. */
const architecture = { ...tinyArchitecture, hiddenSize: 8, intermediateSize: 16 };
const [layers, head, firstInputs] = [2 * 480, 80, 64];

const plan = (segments: number, targetsPerBatch: number, weightPasses: number): EnginePlan => ({
  segments,
  layersPerSegment: 2 / segments,
  samplesPerGroup: 1,
  targetsPerBatch,
  forwardRows: 0,
  weights: 'float32',
  estimate: { memoryBytes: 0, scratchBytes: 0, weightPasses, flops: 0 },
});

describe('the GPU bench', () => {
  it('counts each reading of weights that a model held whole needs, in four bytes or two', () => {
    const plans = { base: plan(1, 0, 1), sft: plan(1, 0, 1), attribution: plan(1, 4, 1) };
    const run = { architecture, device: 'cpu', targets: [5, 0, 4] } as const;
    // Loaded once, read by three samples; then 2 batches of the first sample and 1 of the last, forward and backward.
    const measured = 4 * (layers + head);
    const attributed = 3 * (2 * layers - firstInputs);
    const whole = { base: measured, sft: measured, attribution: attributed };
    for (const [weights, bytes] of [
      ['float32', 4],
      ['stored', 2],
    ] as const) {
      const held = Object.fromEntries(
        Object.entries(plans).map(([phase, each]) => [phase, { ...each, weights }]),
      ) as typeof plans;
      assert.deepEqual(traffic({ ...run, plans: held }), {
        base: bytes * whole.base,
        sft: bytes * whole.sft,
        attribution: bytes * whole.attribution,
      });
    }
  });

  it('counts what segments load, and their forward on the way up', () => {
    const plans = { base: plan(2, 0, 3), sft: plan(2, 0, 3), attribution: plan(2, 8, 4.5) };
    const found = traffic({ architecture, device: 'cpu', targets: [8, 8, 8], plans });
    assert.equal(found.base, 4 * (3 + 3) * (layers + head));
    assert.equal(found.attribution, 4 * (4.5 * layers + 3 * (0.5 * layers + 2 * layers - firstInputs)));
  });

  it('counts one reading for the samples that share forward runs', () => {
    const shared = (segments: number, targets: number, passes: number) => ({
      ...plan(segments, targets, passes),
      samplesPerGroup: 2,
      forwardRows: 512,
    });
    const plans = { base: shared(1, 0, 1), sft: shared(1, 0, 1), attribution: shared(2, 8, 3) };
    const found = traffic({ architecture, device: 'cpu', targets: [8, 8, 8], plans });
    assert.equal(found.base, 4 * (1 + 2) * (layers + head));
    assert.equal(found.attribution, 4 * (3 * layers + 2 * 0.5 * layers + 3 * (2 * layers - firstInputs)));
  });

  it('says whether both sides agree', () => {
    const same = { ours: 3, theirs: 3, both: 3 };
    const neurons = 30;
    assert.equal(
      agreementText({ targets: same, reset: same, neurons, tensors: { equal: 5, all: 5 } }),
      'both sides agree: the same 3 targets; the same 3 reset neurons (10.0 % of all); 5 of 5 tensors written are equal bit for bit',
    );
    assert.match(
      agreementText({ targets: same, reset: { ours: 3, theirs: 4, both: 2 }, neurons, tensors: undefined }),
      /^the sides differ: the same 3 targets; 3 reset neurons here and 4 there, 2 in both \(10\.0 % of all\)$/,
    );
  });

  it('tells in a line why a program failed', () => {
    assert.equal(failureLine('load: 0.1 s\nerror: The shard is missing.\nplan: 2\n'), 'The shard is missing.');
    assert.equal(failureLine('Traceback:\n  File "a.py"\nOSError: no such file\n\n'), 'OSError: no such file');
    assert.equal(failureLine('10%\r20%\rTypeError: x\n    at main (a.js:1:1)\n\nNode.js v20.1.0\n'), 'TypeError: x');
  });

  it('takes a step that cannot start, fails or is late as a result', async () => {
    assert.match((await runStep('x', '/no/such/program', [], 600)).failure!, /ENOENT/);
    assert.equal((await runStep('x', 'sh', ['-c', 'exit 3'], 600)).failure, 'ended by code 3');
    assert.equal((await runStep('x', 'sleep', ['60'], 0.1)).failure, 'stopped after 0.1 s (--limit)');
    const done = await runStep('x', 'sh', ['-c', 'echo $COLOUR'], 600, { COLOUR: 'red' });
    assert.deepEqual([done.failure, done.output], [undefined, 'red\n']);
  });

  it('has defaults for every option and names what is wrong with one', () => {
    const read = (...args: string[]) => readOptions(args, ['a', 'b']);
    const { device, sizes, memory, goldens } = read()!;
    assert.deepEqual([device, sizes, memory, goldens], ['auto', ['0.6B', '4B', '8B'], 'auto', ['a', 'b']]);
    assert.equal(read('--help'), undefined);
    for (const [args, message] of [
      [['--sizes', '4B,9B'], '--sizes is "9B", but must be one of tiny, 0.6B, 4B, 8B.'],
      [['--samples', '0'], '--samples is "0", but must be a whole number of at least 1.'],
      [['--side', '100'], '--side is "100", but must be a multiple of 32.'],
      [['--goldens', 'c'], '--goldens is "c", but must be one of a, b.'],
    ] as const) {
      assert.throws(() => read(...args), { message });
    }
  });
});

describe('a process on CUDA', () => {
  const variable = 'NVIDIA_TF32_OVERRIDE';
  let restore: () => void;
  beforeEach(() => {
    restore = setEnvironment({ [variable]: undefined });
  });
  afterEach(() => restore());

  it('does float32 products in float32 or on tensor cores by the precision asked for, whatever its host has set', () => {
    for (const set of [undefined, '0', '1']) {
      if (set !== undefined) process.env[variable] = set;
      assert.equal(cudaEnvironment()[variable], '0');
      assert.equal(cudaEnvironment('float32')[variable], '0');
      for (const precision of ['exact', 'tf32'] as const) {
        const environment = cudaEnvironment(precision);
        assert.ok(variable in environment);
        assert.equal(environment[variable], undefined);
      }
    }
  });
});
