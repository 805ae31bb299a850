import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ServerOptions {
  /** `server-main.js` of VS Code's server. */
  readonly entry: string;
  /** User settings; the harness's own (no telemetry, no updates, no welcome page) are below them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Ask whether the workspace is trusted, as VS Code does by default. Off: every workspace is trusted. */
  readonly workspaceTrust?: boolean;
  /** A packaged extension to install before the start. */
  readonly vsix?: string | undefined;
  /** Added to the environment of the extension host; may depend on the server's `dataFolder`. */
  readonly environment?: (dataFolder: string) => Readonly<Record<string, string>>;
}

export interface PageOptions {
  /** The workspace folder. */
  readonly folder: string;
  /** The extension under development. */
  readonly extension?: string | undefined;
  /** The module whose `run()` VS Code calls in the extension host. */
  readonly tests?: string;
}

const quietSettings = {
  // An editor that has just opened or closed takes the focus when it is ready, which may be after the next key of a test.
  'workbench.quickOpen.closeOnFocusLost': false,
  'editor.accessibilitySupport': 'off',
  'extensions.autoCheckUpdates': false,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Variables that VS Code or npm set for their own children, and that would change how this VS Code behaves. */
function cleanEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), ...added };
}

/** VS Code's server with data of its own: settings, extensions and logs start empty and go when it stops. */
export class VscodeServer {
  /** Where the browser finds it, as `host:port`. */
  readonly authority: string;
  /** Settings, extensions and logs. */
  readonly dataFolder: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number, dataFolder: string) {
    this.#process = process;
    this.authority = `127.0.0.1:${port}`;
    this.dataFolder = dataFolder;
  }

  /** @throws Error when the server ends before it listens, with what it said */
  static async start({ entry, settings = {}, workspaceTrust = false, vsix, environment }: ServerOptions) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'rejuvenation-vscode-'));
    try {
      await mkdir(join(dataFolder, 'user', 'User'), { recursive: true });
      const settingsFile = join(dataFolder, 'user', 'User', 'settings.json');
      await writeFile(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, undefined, 2));
      const folders = ['--server-data-dir', dataFolder, '--user-data-dir', join(dataFolder, 'user')];
      const args = [entry, ...folders, '--extensions-dir', join(dataFolder, 'extensions')];
      const env = cleanEnvironment(environment?.(dataFolder) ?? {});
      if (vsix !== undefined) {
        await promisify(execFile)(process.execPath, [...args, '--install-extension', vsix], { env });
      }
      args.push('--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms');
      args.push('--telemetry-level', 'off', '--enable-smoke-test-driver', '--log', 'info');
      if (!workspaceTrust) args.push('--disable-workspace-trust');
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      // A test run that is stopped must not leave its server behind.
      const kill = () => child.kill('SIGTERM');
      process.once('exit', kill);
      child.once('exit', () => process.off('exit', kill));
      const port = await listeningPort(child);
      return new VscodeServer(child, port, dataFolder);
    } catch (error) {
      await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address of a workbench. */
  page({ folder, extension, tests }: PageOptions): string {
    const remote = (path: string) => `vscode-remote://${this.authority}${path}`;
    const payload: [string, string][] = [['skipWelcome', 'true']];
    if (extension !== undefined) payload.push(['extensionDevelopmentPath', remote(extension)]);
    if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);
    const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
    return `http://${this.authority}/?${query}`;
  }

  /** Keeps the logs of the server and of the extension host for a look. */
  async saveLogs(folder: string): Promise<void> {
    await cp(join(this.dataFolder, 'user', 'logs'), folder, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGTERM');
      await closed;
    }
    // The extension host may still be writing its last log lines.
    await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The port that the server says it listens on. */
async function listeningPort(child: ChildProcess): Promise<number> {
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const port = /listening on (\d+)\s/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Error(`VS Code's server ended at once (exit code ${code}):\n${said.trim()}`)),
    );
  });
}
