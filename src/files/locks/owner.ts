import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from '../reading/fileFault.ts';

/*
 * Which process something on disk belongs to, and whether that process still is there. Numbers of processes come again,
 * after another boot, in another container and on another host, so each of these is part of who a process is.
 */

/** A process, as it is told from every other one. */
export interface Owner {
  /** Name of the host. */
  readonly host: string;
  /** Machine and, on Linux, the container: those whose process numbers can be compared. */
  readonly machine: string;
  /** Of the machine alone, so that a restart is known however its containers are numbered. */
  readonly hardware: string;
  /** Empty where the system does not tell. */
  readonly boot: string;
  readonly pid: number;
  /** When the process started, in the system's own measure; empty where it does not tell. */
  readonly started: string;
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    // Only Linux tells.
    return '';
  }
}

/** The fields of a process's state from the third on, its letter; the second one may hold anything. Empty where the system does not tell. */
function fieldsOf(pid: number): readonly string[] {
  const text = told(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Ticks from the boot to the start of a process. */
function startOf(pid: number): string {
  return fieldsOf(pid)[19] ?? '';
}

const hardware = shortHash(`${hostname()} ${told(() => readFileSync('/etc/machine-id', 'utf8'))}`);
const self: Owner = {
  host: hostname(),
  hardware,
  machine: shortHash(`${hardware} ${told(() => readlinkSync('/proc/self/ns/pid'))}`),
  boot: shortHash(told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))),
  pid: process.pid,
  started: startOf(process.pid),
};

export function thisProcess(): Owner {
  return self;
}

/** Not of one that has ended and was not asked how: where nobody asks for orphans, as in many containers, it keeps its number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return !['Z', 'X'].includes(fieldsOf(pid)[0] ?? '');
}

/** Names processes that are known to be gone, wherever they were: what a cluster gave up, and nothing here could ask about. */
export const goneVariable = 'REJUVENATE_GONE';

/** How {@link goneVariable} names a process; the variable holds such words, separated by spaces. */
export function processName({ hardware, boot, pid }: Pick<Owner, 'hardware' | 'boot' | 'pid'>): string {
  return `${hardware}:${boot}:${pid}`;
}

function isGivenUp(owner: Owner): boolean {
  return (process.env[goneVariable] ?? '').split(' ').includes(processName(owner));
}

/** Whether a process still is there; `unknown` for one of another host or container, about which nothing can be asked. */
export function stateOf(owner: Owner): 'alive' | 'gone' | 'unknown' {
  const { machine, hardware, boot, pid, started } = owner;
  if (hardware !== self.hardware) return isGivenUp(owner) ? 'gone' : 'unknown';
  if (boot !== self.boot) return 'gone';
  if (machine !== self.machine) return 'unknown';
  if (!isAlive(pid)) return 'gone';
  const now = startOf(pid);
  return started !== '' && now !== '' && now !== started ? 'gone' : 'alive';
}
