import { release, reserveAside } from '../../../src/files/writing/aside.ts';

/** The path of what this process, had it been killed, would have left of a file that it was writing. */
export function stagedName(path: string): string {
  const staged = reserveAside(path, 'staging');
  release(staged);
  return staged;
}
