import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../../../../src/errors.ts';
import { readReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import type { RunContext } from '../../../../src/run/progress/runContext.ts';
import { usualPatience } from '../../../../src/run/readiness/endpoint/patience.ts';
import { keepsAnswers } from '../../../../src/run/readiness/partialFolder.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import {
  destinationText,
  estimateText,
  measurePlan,
  planDefaults,
  type ReadinessPlan,
} from '../../../../src/views/readiness/readinessPlan.ts';
import { LocalServer, sendError } from '../../run/readiness/endpoint/localServer.ts';

describe('readiness plans', () => {
  let folder: string;
  let plan: ReadinessPlan;
  const notes: string[] = [];
  const context: RunContext = {
    signal: new AbortController().signal,
    onEvent(event) {
      if (event.type === 'note') notes.push(event.text);
    },
    startEngine: () => assert.fail('an engine was started'),
  };
  const patience = { ...usualPatience, wait: async () => undefined };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'readiness-plan-'));
    const prompts = join(folder, 'prompts.jsonl');
    const rows = Array.from({ length: 6 }, (_, i) => JSON.stringify({ prompt: `What is ${i}?`, answer: i }));
    writeFileSync(prompts, rows.join('\n'));
    plan = {
      ...planDefaults,
      ...{ source: { kind: 'engine' }, checkpoints: ['sft'], models: 2, base: 'base' },
      ...{ prompts: [prompts], promptCount: 6, grader: { name: 'last-number' }, samples: 4, maxTokens: 8 },
      record: join(folder, 'made.readiness.json'),
    };
    notes.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('say what they come to at most, and where prompts go', () => {
    assert.equal(estimateText(plan), '2 checkpoints × 6 prompts × 4 answers = 48 answers, at most 384 tokens');
    assert.match(estimateText({ ...plan, evalTemperature: 0, draw: 3 }), /× 3 prompts × 5 answers = 30 answers/);
    assert.match(estimateText({ ...plan, maxTokens: 100_000 }), /at most 4\.8M tokens/);
    assert.match(
      estimateText({ ...plan, source: { kind: 'rollouts', files: ['a'], baseFiles: undefined } }),
      /^Nothing is sampled/,
    );
    assert.equal(destinationText(plan, {}), undefined);
    const source = { kind: 'endpoint', endpoint: 'http://gpu.example:8000/v1' } as const;
    assert.equal(
      destinationText({ ...plan, source }, {}),
      'Prompts are sent to http://gpu.example:8000, without an API key, unencrypted, and nowhere else.',
    );
    const keyed = destinationText({ ...plan, source }, { OPENAI_API_KEY: 'sk-secret' })!;
    assert.match(keyed, /with the API key in OPENAI_API_KEY/);
    assert.doesNotMatch(keyed, /sk-secret/);
  });

  it('of a server that begins to answer 500 end in a sentence, keep what was got, and go on from there', async () => {
    let broken = true;
    const server = await LocalServer.start({
      fault: (response, number) => broken && number >= 3 && sendError(response, 500, 'EngineDeadError'),
    });
    try {
      const source = { kind: 'endpoint', endpoint: server.origin } as const;
      const own: ReadinessPlan = { ...plan, source, checkpoints: ['made/model'], models: 1, base: undefined };
      await assert.rejects(measurePlan(own, defaultSettings, context, patience), (error: unknown) => {
        assert.ok(error instanceof RunError, String(error));
        assert.match(error.message, /fails \(status 500: EngineDeadError\), 6 times in a row\. Check the server/);
        return true;
      });
      assert.match(notes.join('\n'), /Prompts are sent to http:\/\/127\.0\.0\.1:\d+ without an API key/);
      assert.equal(existsSync(own.record), false);
      assert.equal(await keepsAnswers(join(folder, 'made.readiness.partial')), true);
      const asked = new Set(server.asked.map(({ prompt }) => prompt));
      assert.equal(asked.size, 6);
      broken = false;
      server.asked.length = 0;
      const { path } = await measurePlan(own, defaultSettings, context, patience);
      // The three that were answered are not asked for again.
      assert.equal(server.asked.length, 3);
      const [row] = (await readReadiness(path!)).rows;
      assert.deepEqual([row!.name, row!.sampled[0]!.counts.length], ['made/model', 6]);
      assert.deepEqual(readdirSync(folder).sort(), ['made.readiness.json', 'prompts.jsonl']);
    } finally {
      await server.stop();
    }
  });

  it('of a server whose context is too short end at once, with nothing kept to go on from', async () => {
    const server = await LocalServer.start();
    try {
      const source = { kind: 'endpoint', endpoint: server.origin } as const;
      const own = { ...plan, source, checkpoints: ['made/model'], models: 1, base: undefined, maxTokens: 1024 };
      await assert.rejects(measurePlan(own, defaultSettings, context, patience), /context of 64 tokens/);
      assert.equal(await keepsAnswers(join(folder, 'made.readiness.partial')), false);
    } finally {
      await server.stop();
    }
  });

  it('of files of rollouts take prompts, rewards and counts from there', async () => {
    const file = (name: string, reward: (row: number) => number) => {
      const path = join(folder, name);
      const rows = Array.from({ length: 8 }, (_, row) =>
        JSON.stringify({ prompt: `p${row >> 1}`, response: `r${row}`, reward: reward(row) }),
      );
      writeFileSync(path, rows.join('\n'));
      return path;
    };
    const [files, baseFiles] = [[file('sft.jsonl', () => 1)], [file('base.jsonl', (row) => row % 2)]];
    const { record } = await measurePlan(
      {
        ...plan,
        source: { kind: 'rollouts', files, baseFiles },
        ...{ checkpoints: [files[0]!], base: baseFiles[0]!, prompts: [], promptCount: 0, grader: undefined },
      },
      defaultSettings,
      context,
    );
    assert.equal(record.sampling!.grader.name, 'rewards');
    assert.deepEqual(
      record.rows.map(({ isBase, sampled }) => [isBase, sampled[0]!.passAtK.map(({ value }) => value)]),
      [
        [true, [0.5, 1]],
        [false, [1, 1]],
      ],
    );
    assert.deepEqual(record.rows[1]!.outcomes.length, 1);
  });
});
