import { spawnSync } from 'node:child_process';

/**
 * Runs a bash command and tells the processor time of its children, in seconds, from what the shell's `times` prints.
 * @param args `$1`, `$2` … of the command
 */
export function shellCpuSeconds(command: string, ...args: readonly string[]): number {
  const { stdout } = spawnSync('bash', ['-c', `${command} && times`, 'bash', ...args], { encoding: 'utf8' });
  const children = stdout.trim().split('\n').at(-1)!;
  let seconds = 0;
  for (const [, minutes, rest] of children.matchAll(/(\d+)m([\d.]+)s/g)) seconds += 60 * Number(minutes) + Number(rest);
  return seconds;
}
