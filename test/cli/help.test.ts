import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

const commands = [
  'run',
  'attribute',
  'commit',
  'show',
  'report',
  'verify',
  'sweep',
  'diff',
  'compare-runs',
  'readiness',
  'watch',
  'handover',
  'push',
  'export',
  'slurm',
  'doctor',
];

describe('help', () => {
  it('shows every command and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await rejuvenate(['--help']);
    assert.equal(exitCode, 0);
    assert.equal(stderr, '');
    for (const command of [...commands, 'mcp']) {
      assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    }
    assert.match(stdout, /Exit codes: 0 done, 1 failed, 2 bad input, 3 not ready \(readiness\), 130 interrupted\./);
  });

  for (const command of commands) {
    it(`of ${command} has an example`, async () => {
      const { exitCode, stdout } = await rejuvenate([command, '--help']);
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`Examples?:\\n  rejuvenate ${command}`));
      assert.match(stdout, /--json/);
    });
  }

  it('gives every option of run its default', async () => {
    const { stdout } = await rejuvenate(['run', '--help']);
    const text = stdout.replace(/\s+/g, ' ');
    for (const [option, value] of [
      ['--alpha <number>', '0.5'],
      ['--rho <number>', '0.01'],
      ['--rho-max <number>', '0.05'],
      ['--top-n <count>', '8'],
      ['--memory <size>', 'auto'],
      ['--max-length <tokens>', '4096'],
      ['--format <shape>', '"auto"'],
      ['--prompt-field <name>', 'by the usual names'],
      ['--response-field <name>', 'by the usual names'],
      ['--pairs-as <form>', '"text"'],
      ['--chat-template <file>', "the SFT's own"],
      ['--template-arg <name=value>', 'none'],
      ['--turns <which>', '"all"'],
      ['--special-tokens <which>', '"tokenizer"'],
    ] as const) {
      const at = text.indexOf(option);
      assert.ok(at >= 0, option);
      assert.ok(text.slice(at).includes(`default: ${value})`), `${option} ${value}`);
    }
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { exitCode, stdout } = await rejuvenate(['--version']);
    assert.deepEqual([exitCode, stdout], [0, `${version}\n`]);
  });
});
