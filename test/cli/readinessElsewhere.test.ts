import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import { seedOf } from '../../src/run/readiness/endpoint/samplingRequest.ts';
import { answerBy, LocalServer, sendError } from '../unit/run/readiness/endpoint/localServer.ts';
import { rejuvenate } from './rejuvenate.ts';

const fixtures = join(import.meta.dirname, '../fixtures/rollouts');

interface Printed {
  readonly rows: readonly {
    readonly name: string;
    readonly sampled: readonly { readonly passAtK: readonly { readonly value: number }[] }[];
  }[];
  readonly notes: readonly string[];
  readonly sampling: { readonly sources: readonly string[]; readonly grader: { readonly name: string } };
}

describe('rejuvenate readiness of what is sampled elsewhere', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('samples by a server, keeps what it got when that fails, and goes on from there', async () => {
    let refusing = true;
    const server = await LocalServer.start({
      key: 'sk-made-secret',
      fault: (response, _, { prompt }) =>
        refusing && prompt === 'two' && sendError(response, 400, 'not now, sk-made-secret'),
    });
    const prompts = join(folder, 'prompts.jsonl');
    // One of the twelve answers is right.
    const right = answerBy(seedOf(0, 0, 1)).text;
    const rows = ['zero', 'one', 'two'].map((prompt) => ({ prompt, answer: right }));
    writeFileSync(prompts, rows.map((row) => JSON.stringify(row)).join('\n'));
    const out = join(folder, 'x.readiness.json');
    const args = [
      'readiness',
      '--endpoint',
      server.origin,
      '--model',
      'made/model',
      '--prompts',
      prompts,
      '--samples',
      '4',
    ];
    args.push('--max-tokens', '8', '--grader', 'exact', '--concurrency', '1', '--no-verdict', '--out', out, '--json');
    args.push('--api-key-variable', 'MADE_KEY');
    process.env['MADE_KEY'] = 'sk-made-secret';
    try {
      const failed = await rejuvenate(args);
      assert.equal(failed.exitCode, 2, failed.stderr);
      assert.match(failed.stderr, /note: Prompts are sent to http:\/\/127.0.0.1:\d+ with the API key in "MADE_KEY"/);
      assert.match(
        failed.stderr,
        /error: http:\/\/127.0.0.1:\d+ refuses the prompt in line 3 \(status 400: not now, …\)\. 2 of 3 prompts have all their answers/,
      );
      assert.ok(!existsSync(out));
      const partial = readdirSync(folder).find((name) => name.endsWith('.partial'))!;
      const kept = readdirSync(join(folder, partial)).map((name) => readFileSync(join(folder, partial, name), 'utf8'));
      const asked = server.asked.length;
      refusing = false;
      const done = await rejuvenate(args);
      assert.equal(done.exitCode, 0, done.stderr);
      assert.equal(server.asked.length, asked + 1);
      const { rows: printed } = JSON.parse(done.stdout) as Printed;
      assert.equal(printed[0]!.name, 'made/model');
      assert.ok(Math.abs(printed[0]!.sampled[0]!.passAtK[0]!.value - 1 / 12) < 1e-9, done.stdout);
      const said = [failed.stderr, done.stderr, done.stdout, readFileSync(out, 'utf8'), ...kept];
      assert.ok(said.every((text) => !text.includes('sk-made')));
    } finally {
      delete process.env['MADE_KEY'];
      await server.stop();
    }
  });

  it('takes answers and rewards out of the files of a framework', async () => {
    const file = join(fixtures, 'verl.jsonl');
    const { exitCode, stdout, stderr } = await rejuvenate(['readiness', '--rollouts', file, '--no-verdict', '--json']);
    assert.equal(exitCode, 0, stderr);
    const { rows, sampling } = JSON.parse(stdout) as Printed;
    assert.deepEqual(
      rows[0]!.sampled[0]!.passAtK.map(({ value }) => Math.round(value * 1000)),
      // Right are 2 of 3, 1 of 2 and 3 of 4.
      [639, 1000],
    );
    assert.equal(sampling.grader.name, 'rewards');
    assert.match(stderr, /written by verl; prompt in "input"/);
  });

  it('judges the prompts of a file that have answers in rollouts, of both checkpoint and base', async () => {
    const [prompts, own, base] = ['prompts.jsonl', 'own.jsonl', 'base.jsonl'].map((name) => join(folder, name));
    const write = (path: string, rows: readonly object[]) =>
      writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
    const asked = ['zero', 'one', 'two', 'three'].map((prompt, i) => ({ prompt, answer: `${i}` }));
    write(prompts!, asked);
    const answers = (indices: readonly number[], response: (i: number) => string) =>
      indices.flatMap((i) => [0, 1].map(() => ({ prompt: asked[i]!.prompt, response: response(i) })));
    write(own!, answers([3, 1, 2], String));
    write(
      base!,
      answers([0, 1, 3], (i) => (i === 3 ? 'wrong' : `${i}`)),
    );
    const files = ['--prompts', prompts!, '--rollouts', own!, '--grader', 'exact', '--no-verdict'];
    const alone = await rejuvenate(['readiness', ...files]);
    assert.match(
      alone.stderr,
      /note: 1 of 4 prompts left out, without answers in the rollouts: all figures are of the other 3\./,
    );
    assert.match(alone.stdout, /2 answers to each of 3 prompts/);
    const both = await rejuvenate(['readiness', ...files, '--base-rollouts', base!, '--json']);
    assert.equal(both.exitCode, 0, both.stderr);
    assert.match(both.stderr, /2 of 4 prompts left out, without answers in both checkpoint's and base's rollouts/);
    const { rows, sampling } = JSON.parse(both.stdout) as ReadinessRecord;
    assert.deepEqual(sampling!.prompts.lines, [2, 4]);
    assert.match(sampling!.prompts.reading, / 2 without answers left out\.$/);
    const [ofBase, ofOwn] = rows.map(({ sampled }) => sampled[0]!);
    assert.deepEqual([ofBase!.passAtK[0]!.value, ofOwn!.passAtK[0]!.value], [0.5, 1]);
    assert.deepEqual([ofOwn!.coverage!.lost, ofOwn!.coverage!.gained], [0, 1]);
    write(base!, answers([0], String));
    const none = await rejuvenate(['readiness', ...files, '--base-rollouts', base!]);
    assert.equal(none.exitCode, 2);
    assert.match(none.stderr, /error: No prompt of the file has answers in both/);
  });

  it('says which options do not go together', async () => {
    const endpoint = ['--endpoint', 'http://localhost:1'];
    const rollouts = ['--rollouts', 'x.jsonl'];
    for (const [args, message] of [
      [[...endpoint, ...rollouts], /give one of them/],
      [['folder', ...endpoint, '--model', 'm'], /name them with --model in place of "folder"/],
    ] as const) {
      const { exitCode, stderr } = await rejuvenate(['readiness', ...args]);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    }
  });
});
