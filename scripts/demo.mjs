// Rejuvenates the embedded sample with the command line and measures what changed.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { distFolder, root } from './paths.mjs';

const output = join(root, 'demo-output');
const sample = (name) => join(root, 'media', 'sample', name);
const record = join(output, 'sample.rejuvenation.json');
const rejuvenated = join(output, 'rejuvenated');
const fused = join(output, 'fused');
const readiness = join(output, 'sample.readiness.json');

function rejuvenate(title, args, options = {}) {
  console.log(`\n== ${title}\n`);
  const result = spawnSync(process.execPath, [join(distFolder, 'cli.cjs'), ...args], {
    cwd: root,
    stdio: options.quiet ? ['inherit', 'ignore', 'inherit'] : 'inherit',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

mkdirSync(output, { recursive: true });
// The sample is tiny: a target may select 8 of its 8,640 neurons at rho 0.001, and the union over 512 targets is
// already 12 % of them. At the default of 0.01 it would be half of the model.
rejuvenate('Rejuvenate media/sample/sft-over (rho 0.001)', [
  'run',
  ...['--base', sample('base'), '--sft', sample('sft-over'), '--calibration', sample('calibration.jsonl')],
  ...['--out', rejuvenated, '--record', record, '--rho', '0.001', '--overwrite'],
]);
rejuvenate('Fuse without a reset, for comparison', ['commit', record, '--out', fused, '--rho', '0', '--overwrite'], {
  quiet: true,
});
rejuvenate('Base, over-trained (sft), moderate (sft-mod), fused and rejuvenated, side by side', [
  ...['verify', record, sample('sft-mod'), fused, rejuvenated, '--save'],
]);

// Eight answers to each of 100 problems that nothing was trained on. No condition is set, so that none can fail.
rejuvenate('Is it ready for RL? Answers of base, moderate, over-trained, fused and rejuvenated to held-out problems', [
  ...['readiness', sample('sft-mod'), sample('sft-over'), fused, rejuvenated, '--base', sample('base')],
  ...['--prompts', sample('problems.jsonl'), '--samples', '8', '--max-tokens', '128', '--no-verdict'],
  ...['--out', readiness, '--overwrite'],
]);

const shown = (path) => relative(process.cwd(), path) || path;
console.log(`
record       ${shown(record)}
readiness    ${shown(readiness)}
checkpoints  ${shown(rejuvenated)}, ${shown(fused)}
look again   npm run -s rejuvenate -- show ${shown(record)}`);
