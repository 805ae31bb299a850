import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/commands/program.ts';
import { jsonDocuments } from '../../src/cli/output/json/publishedSchemas.ts';
import { probeDevices, startEngine } from '../../src/engine/process/client.ts';
import { checkpointFixtures } from '../paths.ts';
import { assertDocumented } from './documented.ts';

/*
 * Every command with --json prints a document that is as its published schema says. In one process: only the engine's are
 * started. What Slurm and the Hub are needed for, test/slurm and push.test.ts and watch.test.ts hold to it.
 */

describe('--json', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const tiny = (path: string) => join(checkpointFixtures, 'tiny-llama-tied-bias', path);
  const printed = new Set<string>();

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'json-')));
    const lines = readFileSync(join(checkpointFixtures, 'tiny-calibration.jsonl'), 'utf8').trim().split('\n');
    writeFileSync(at('pairs.jsonl'), lines.slice(0, 4).join('\n'));
    writeFileSync(at('heldout.jsonl'), lines.slice(4).join('\n'));
    writeFileSync(at('problems.jsonl'), JSON.stringify({ prompt: 'Question: 1 + 1?', answer: '2' }));
  });
  after(() => rmSync(folder, { recursive: true }));

  function program(output: string[]) {
    const context = {
      ...{ signal: new AbortController().signal, startEngine, onEvent: () => undefined },
      print: (text: string) => void output.push(text),
      say: () => undefined,
    };
    return buildProgram(context, probeDevices);
  }

  const run = (...args: string[]) => runAs(args[0]!, ...args);

  /**
   * Runs a command, and holds what it prints to its schema.
   *
   * @param command as docs/json.md lists it
   */
  async function runAs(command: string, ...args: string[]): Promise<void> {
    const output: string[] = [];
    try {
      await program(output).parseAsync([...args, '--json'], { from: 'user' });
    } catch (error) {
      // Whether the sample is ready is not asked here.
      if (!(error instanceof Error && error.message.startsWith('Not ready'))) throw error;
    }
    assert.equal(output.length, 1, command);
    printed.add(`${command} ${assertDocumented(command, JSON.parse(output[0]!))}`);
  }

  const device = ['--device', 'cpu'];
  const pair = () => ['--base', tiny('base'), '--sft', tiny('sft'), '--calibration', at('pairs.jsonl')];

  it('is as the schemas say, of every command', async () => {
    await run('preview', at('pairs.jsonl'), '--sft', tiny('sft'));
    const settings = [...pair(), '--top-n', '2', '--holdout', '0.25', ...device];
    await run('run', ...settings, '--out', at('out'), '--record', at('a.rejuvenation.json'));
    await run('attribute', ...settings, '--seed', '1', '--record', at('b.rejuvenation.json'));
    const shard = [...settings, '--memory', '1GB', '--record', at('c.rejuvenation.json'), '--shard', '0/1'];
    await runAs('attribute --shard', 'attribute', ...shard);
    await run('merge', '--record', at('c.rejuvenation.json'));
    await run('plan', ...pair());
    const recipe = [`base: ${tiny('base')}`, `sft: ${tiny('sft')}`, 'calibration: [pairs.jsonl]', 'device: cpu'];
    writeFileSync(at('d.rejuvenation.yaml'), [...recipe, 'record: d.rejuvenation.json'].join('\n'));
    await runAs('run RECIPE', 'run', at('d.rejuvenation.yaml'));
    const record = at('a.rejuvenation.json');
    await run('show', record);
    await run('commit', record, '--out', at('milder'), '--rho', '0.001');
    await run('commit', record, '--out', at('fused'), '--rho', '0', '--dtype', 'f32');
    await run('verify', record, at('milder'), ...device);
    const part = ['--shard', '0/1', '--partials'];
    await runAs(
      'verify --shard',
      'verify',
      record,
      at('milder'),
      ...device,
      '--memory',
      '1GB',
      ...part,
      at('measured'),
    );
    await runAs('commit --shard', 'commit', record, '--out', at('whole'), ...part, at('parts'));
    await run('report', record, '--out', at('a.html'));
    await run('export', record, '--out', at('tables'));
    await run('compare-runs', record, at('b.rejuvenation.json'));
    await run('sweep', record, '--alpha', '0.5', '--rho', '0,0.001', '--controls', 'random', '--seeds', '1', ...device);
    await run('show', at('a.sweep.json'));
    await run('diff', tiny('base'), tiny('sft'), '--record', at('a.comparison.json'));
    await run('show', at('a.comparison.json'));
    await run('diff', tiny('base'), at('fused'), '--calibration', at('pairs.jsonl'), '--spectrum', ...device);
    await run(
      ...['readiness', tiny('sft'), '--base', tiny('base'), '--prompts', at('problems.jsonl'), '--samples', '2'],
      ...['--max-tokens', '8', '--calibration', at('pairs.jsonl'), '--held-out', at('heldout.jsonl'), ...device],
      ...['--out', at('a.readiness.json')],
    );
    await run('show', at('a.readiness.json'));
    await run('handover', tiny('sft'), '--to', 'verl', '--readiness', at('a.readiness.json'));
    await run('handover', at('milder'), '--to', 'slime');
    await run('doctor');
    const documented = jsonDocuments.flatMap(({ document, commands }) =>
      commands.map((command) => `${command} ${document.name}`),
    );
    const elsewhere = documented.filter((each) => /^(\S+ --slurm|slurm \S+|push|watch) /.test(each));
    assert.deepEqual([...printed, ...elsewhere].sort(), documented.sort());
  });

  it('is an option of no other command', () => {
    const documented = new Set(
      jsonDocuments.flatMap(({ commands }) => commands.map((command) => command.split(' ')[0]!)),
    );
    const withJson = ({ options, commands }: Command): boolean =>
      options.some(({ long }) => long === '--json') || commands.some(withJson);
    const found = program([]).commands.filter(withJson);
    assert.deepEqual(found.map((command) => command.name()).sort(), [...documented].sort());
  });
});
