import { spawnSync } from 'node:child_process';
import { inPath } from './programs.ts';
import { SetupError } from './setupError.ts';

const programs = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'slurmctld', 'slurmd', 'munged'];

/** Debian and Ubuntu put daemons where a plain user's PATH does not lead. */
export const daemonFolders = '/usr/sbin:/usr/local/sbin';

function isThere(): boolean {
  const before = process.env['PATH'];
  process.env['PATH'] = `${before ?? ''}:${daemonFolders}`;
  try {
    return programs.every((name) => inPath([name]) !== undefined);
  } finally {
    process.env['PATH'] = before;
  }
}

/**
 * Finds Slurm's programs, or installs the distribution's packages where this is root on Debian or Ubuntu: the test's
 * daemons run as root too. Quick where they are there.
 *
 * @throws SetupError where they are not and cannot be had
 */
export function ensureSlurm(say: (line: string) => void = console.log): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new SetupError('A Slurm of the tests needs Linux and root.');
  }
  if (isThere()) return;
  const apt = inPath(['apt-get']);
  if (apt === undefined) throw new SetupError('Slurm is not installed, and there is no apt-get to install it.');
  say('Installing Slurm with apt-get (once)…');
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'slurm-wlm', 'munge']]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const result = spawnSync(apt, ['-qq', ...args], { env, encoding: 'utf8' });
    if (result.status !== 0) {
      const reason = result.error?.message ?? `${result.stderr}${result.stdout}`.trim();
      throw new SetupError(`Slurm could not be installed: "apt-get ${args.join(' ')}" failed:\n${reason}`);
    }
  }
  if (!isThere()) throw new SetupError('The Slurm packages do not hold all of its programs.');
}
