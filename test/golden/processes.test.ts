import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/process/client.ts';
import { EnginePool, type EngineSlot } from '../../src/engine/process/enginePool.ts';
import { EngineProcess } from '../../src/engine/process/engineProcess.ts';
import { Interrupted } from '../../src/errors.ts';
import { startRequest } from '../../src/protocol/engine.ts';
import { attribute, entropies } from './engineChecks.ts';
import { loadGolden } from './golden.ts';

/** Too small for the whole of any model: segments of one layer, and as few samples a group. */
const memoryBytes = 150_000;

describe('several processes in segments', () => {
  for (const name of ['tiny-qwen3-untied-sharded', 'tiny-llama-tied-bias']) {
    it(`${name}: give every number of one process, bit for bit`, async () => {
      const golden = await loadGolden(name);
      const one = await startEngine({ device: 'cpu', memoryBytes });
      const three = await startEngine({ device: 'cpu', memoryBytes, processes: 3 });
      try {
        const expected = await attribute(one, golden);
        const actual = await attribute(three, golden);
        assert.ok(expected.plan.segments > 1);
        assert.deepEqual(actual.samples, expected.samples);
        assert.deepEqual(actual.scores, expected.scores);
        assert.deepEqual(await entropies(three, golden.base, golden), await entropies(one, golden.base, golden));
        assert.equal(three.processes, 3);
      } finally {
        await one.dispose();
        await three.dispose();
      }
    });
  }
});

describe('shards of a request', () => {
  for (const [name, memory, cuts] of [
    ['tiny-qwen2-tied', memoryBytes, [2]],
    ['tiny-qwen3-untied-sharded', 1e9, [1, 4]],
  ] as const) {
    it(`${name} with ${memory} bytes: give every number of the whole, wherever they are cut`, async () => {
      const golden = await loadGolden(name);
      const engine = await startEngine({ device: 'cpu', memoryBytes: memory });
      try {
        const whole = await attribute(engine, golden);
        const measured = await entropies(engine, golden.base, golden);
        for (const cut of cuts) {
          const [first, rest] = [await attribute(engine, golden, 0, cut), await attribute(engine, golden, cut)];
          assert.deepEqual([...first.samples, ...rest.samples], whole.samples);
          assert.deepEqual(
            [
              ...(await entropies(engine, golden.base, golden, { firstSample: 0, endSample: cut })),
              ...(await entropies(engine, golden.base, golden, { firstSample: cut })),
            ],
            [...measured],
          );
        }
      } finally {
        await engine.dispose();
      }
    });
  }
});

describe('a pool of processes', () => {
  const name = 'tiny-qwen2-tied';
  const facts = {
    device: 'cpu',
    refused: [],
    runtimeVersion: '',
    products: 'float32',
    gpus: [],
    memory: { bytes: memoryBytes, freeBytes: undefined },
  } as const;
  const settings = { device: 'cpu', memoryBytes: 2 ** 30, threads: 1, spinning: false } as const;
  const absent: EngineSlot = { label: 'GPU 1', start: async () => ({ reason: 'it fell off the bus' }) };

  async function started(): Promise<EngineProcess> {
    const process = new EngineProcess();
    await process.answerOrDeath(() => process.connection.sendRequest(startRequest, settings));
    return process;
  }
  const working: EngineSlot = { label: 'GPU 0', start: async () => ({ process: await started() }) };

  async function measure(pool: EnginePool): Promise<{ readonly indices: number[]; readonly notes: string[] }> {
    const golden = await loadGolden(name);
    const indices: number[] = [];
    const notes: string[] = [];
    await pool.measure(
      { checkpoint: golden.sft, samples: golden.samples, firstSample: 0, topTokens: 5 },
      { onSample: ({ index }) => indices.push(index), onNote: (text) => notes.push(text) },
    );
    return { indices, notes };
  }

  it('goes on without one that cannot be started, says so once, and has the others do its share', async () => {
    const pool = new EnginePool(facts, [working, absent], await started());
    try {
      const { indices, notes } = await measure(pool);
      assert.deepEqual(indices, [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(notes, ['GPU 1 is not used: it fell off the bus.']);
      assert.deepEqual((await measure(pool)).notes, []);
    } finally {
      await pool.dispose();
    }
  });

  it('is stopped at once while one of them is still starting', async () => {
    const golden = await loadGolden(name);
    const stop = new AbortController();
    const notes: string[] = [];
    const slow: EngineSlot = {
      label: 'GPU 1',
      start: (signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ reason: 'it was stopped' }))),
    };
    const pool = new EnginePool(facts, [working, slow], await started());
    try {
      const request = pool.measure(
        { checkpoint: golden.sft, samples: golden.samples, firstSample: 0, topTokens: 5 },
        { onSample: () => stop.abort(), onNote: (text) => notes.push(text), signal: stop.signal },
      );
      await assert.rejects(request, Interrupted);
      assert.deepEqual(notes, []);
    } finally {
      await pool.dispose();
    }
  });

  it('throws what its caller throws at a result, and can be used again', async () => {
    const golden = await loadGolden(name);
    const pool = new EnginePool(facts, [working, working], await started());
    try {
      const request = pool.measure(
        { checkpoint: golden.sft, samples: golden.samples, firstSample: 0, topTokens: 5 },
        {
          onSample({ index }) {
            if (index === 2) throw new Error('no room for sample 2');
          },
        },
      );
      await assert.rejects(request, { message: 'no room for sample 2' });
      assert.deepEqual((await measure(pool)).indices, [0, 1, 2, 3, 4, 5]);
    } finally {
      await pool.dispose();
    }
  });

  it('ends with how the process died when none can take its place', async () => {
    const first = await started();
    const pool = new EnginePool(facts, [{ ...absent, label: 'GPU 0' }], first);
    await first.end();
    await assert.rejects(measure(pool), {
      name: 'RunError',
      message: /^The engine process was ended by signal SIGKILL\./,
    });
    await pool.dispose();
  });
});
