import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { daemonFolders } from '../setup/slurm.ts';
import { slurmConfiguration } from './slurmConfiguration.ts';

/*
 * A real Slurm for tests: a controller, two nodes and munge as child processes, in a folder and on ports of their own.
 * Nothing of the system is changed.
 */

/** How long something is waited for, ms. */
const patience = 180_000;
/** In this time a node has forgotten a job that ended, ms. */
const forgetting = 1500;

type NodeName = 'node1' | 'node2';

/** Three free ports in a row. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all([0, 1, 2].map((step) => isFree(first + step)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Ends a child and waits for it. */
async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

export class SlurmCluster {
  /** Absolute, and short: a socket's path has 107 bytes at most. */
  readonly folder: string;
  /** Environment under which `sbatch` and the others find this cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Tasks that wait since they were queued again, and when that was seen first. */
  readonly #waiting = new Map<string, number>();
  readonly #daemons = new Map<string, ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    const path = `${process.env['PATH'] ?? ''}:${daemonFolders}`;
    this.environment = { SLURM_CONF: join(folder, 'slurm.conf'), PATH: path };
  }

  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(mkdtempSync('/tmp/slurm-'));
    const { folder } = cluster;
    // munged refuses a socket that not everybody may reach.
    chmodSync(folder, 0o755);
    for (const name of ['run', 'log', 'state', 'spool-node1', 'spool-node2']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o400 });
    for (const gpu of ['gpu0', 'gpu1']) {
      execFileSync('mknod', ['-m', '666', join(folder, gpu), 'c', '1', '3']);
    }
    const files = slurmConfiguration(folder, hostname().split('.')[0]!, await freePorts());
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const at = (name: string) => join(folder, name);
    cluster.#spawn('munged', [
      ...['--foreground', '--num-threads=2', `--key-file=${at('munge.key')}`],
      ...[`--socket=${at('run/munge.socket')}`, `--pid-file=${at('run/munged.pid')}`],
      ...[`--log-file=${at('log/munged.log')}`, `--seed-file=${at('run/munge.seed')}`],
    ]);
    cluster.#spawn('slurmctld', ['-D', '-c']);
    for (const node of ['node1', 'node2'] as const) cluster.startNode(node);
    try {
      await cluster.until(
        () => cluster.say('sinfo', '-h', '-N', '-t', 'idle', '-o', '%N').length === 2,
        'two idle nodes',
      );
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  #spawn(program: string, args: readonly string[], name: string = program): void {
    const log = createWriteStream(join(this.folder, 'log', `${name}.out`), { flags: 'a' });
    // It dies with this process, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('error', () => undefined);
    child.once('exit', () => log.end());
    this.#daemons.set(name, child);
  }

  /** What a program of Slurm's prints, a line an item; none where it fails. */
  say(program: string, ...args: readonly string[]): readonly string[] {
    try {
      const env = { ...process.env, ...this.environment };
      const text = execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return text.split('\n').filter((line) => line !== '');
    } catch {
      return [];
    }
  }

  /** Waits until something holds. @throws Error when it does not for long, ms */
  async until(holds: () => boolean | Promise<boolean>, what: string, long = patience): Promise<void> {
    const start = performance.now();
    while (!(await holds())) {
      if (performance.now() - start > long)
        throw new Error(`${what}: not in ${long / 1000} s. The queue: ${this.queue().join('; ')}`);
      await setTimeout(100);
    }
  }

  startNode(node: NodeName): void {
    this.#spawn('slurmd', ['-D', '-N', node], node);
  }

  /** The node dies: its daemon is killed, and the controller is told what it would find out in half a minute. */
  async killNode(node: NodeName): Promise<void> {
    await end(this.#daemons.get(node)!, 'SIGKILL');
    this.say('scontrol', 'update', `nodename=${node}`, 'state=DOWN', 'reason=test');
  }

  /** A killed node comes back; what still ran there is ended by it. */
  async reviveNode(node: NodeName): Promise<void> {
    this.startNode(node);
    await this.until(() => {
      this.say('scontrol', 'update', `nodename=${node}`, 'state=RESUME');
      return this.say('sinfo', '-h', '-n', node, '-t', 'idle,mixed,allocated', '-o', '%N').length > 0;
    }, `${node} back`);
  }

  /**
   * Tasks in the queue, as `id state job-name reason`. What was queued again need not wait its two minutes; a node must only
   * have forgotten the attempt before, whose end it would take for the new one's.
   */
  queue(): readonly string[] {
    const lines = this.say('squeue', '-h', '-r', '-o', '%i %T %j %r');
    const now = performance.now();
    for (const line of lines) {
      const [id, state, , reason] = line.split(' ');
      if (state !== 'PENDING' || reason !== 'BeginTime') this.#waiting.delete(id!);
      else if (!this.#waiting.has(id!)) this.#waiting.set(id!, now);
      else if (now - this.#waiting.get(id!)! > forgetting)
        this.say('scontrol', 'update', `jobid=${id!}`, 'StartTime=now');
    }
    return lines;
  }

  /** Ends all jobs, then the daemons, and deletes the folder. */
  async stop(): Promise<void> {
    this.say('scancel', '-f', '-u', 'root');
    await this.until(() => this.queue().length === 0, 'an empty queue').catch(() => undefined);
    for (const name of ['node1', 'node2', 'slurmctld', 'munged']) {
      const child = this.#daemons.get(name);
      if (child !== undefined) await end(child);
    }
    this.#killStrays();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a node that was killed left running: processes with this cluster's environment. */
  #killStrays(): void {
    const own = `SLURM_CONF=${this.environment['SLURM_CONF']}`;
    for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each) && Number(each) !== process.pid)) {
      try {
        const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        if (variables.includes(own)) process.kill(Number(name), 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  }
}
