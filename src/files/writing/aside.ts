import { randomBytes } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive, shortHash, thisProcess } from '../locks/owner.ts';

/*
 * Whatever is written is written beside its target under a name of its own, and an old folder that is replaced is moved
 * aside under such a name. No name can be foretold, so that nobody can have put a link in its place. The name says who
 * made it: host, boot and process, which is how what a killed process left is told from the work of a living one.
 */

/** Something being written, or an old folder moved aside. */
export type AsideKind = 'staging' | 'previous';

/** Something beside a target that has such a name. */
export interface Aside {
  readonly path: string;
  readonly kind: AsideKind;
  /** Its process is known to be no more. */
  readonly abandoned: boolean;
}

/** What is longer leaves no room for the rest in the 255 bytes that file systems allow a name. */
const longestStem = 150;

/** Paths that this process is working on. */
const active = new Set<string>();

function prefixOf(target: string): string {
  const name = basename(target);
  const stem = Buffer.byteLength(name) > longestStem ? `${[...name].slice(0, 30).join('')}~${shortHash(name)}` : name;
  return `.${stem}.rejuvenation-`;
}

/** A new path beside the target, marked as being worked on until {@link release}. */
export function reserveAside(target: string, kind: AsideKind): string {
  const { machine, boot, pid } = thisProcess();
  const unique = randomBytes(8).toString('hex');
  const path = join(dirname(target), `${prefixOf(target)}${kind}-${machine}-${boot}-${pid}-${unique}`);
  active.add(path);
  return path;
}

export function release(path: string): void {
  active.delete(path);
}

function isAbandoned(path: string, machine: string, boot: string, pid: number): boolean {
  const self = thisProcess();
  if (machine !== self.machine || active.has(path)) return false;
  return boot !== self.boot || pid === self.pid || !isAlive(pid);
}

/**
 * What lies beside a target under such names. What another user owns is nobody's leftover; links are passed over, but
 * for one that was a target itself and was moved aside.
 *
 * @param what folders, or regular files
 */
export async function asidesOf(target: string, what: 'folder' | 'file'): Promise<Aside[]> {
  const parent = dirname(target);
  const prefix = prefixOf(target);
  const names = await readdir(parent).catch(() => []);
  const found: Aside[] = [];
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const match = /^(staging|previous)-([0-9a-f]{8})-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{16}$/.exec(
      name.slice(prefix.length),
    );
    if (match === null) continue;
    const path = join(parent, name);
    const info = await lstat(path).catch(() => undefined);
    const kind = match[1] as AsideKind;
    const movedLink = kind === 'previous' && info?.isSymbolicLink() === true;
    if (info === undefined || !(what === 'file' ? info.isFile() : info.isDirectory() || movedLink)) continue;
    const own = process.getuid === undefined || info.uid === process.getuid();
    const abandoned = own && isAbandoned(path, match[2]!, match[3]!, Number(match[4]));
    found.push({ path, kind, abandoned });
  }
  return found;
}
