import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { executable, inPath } from './programs.ts';
import { SetupError } from './setupError.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const applications: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
};

/** A browser that is already here: in PATH, as an application, or fetched by Playwright's own installer. */
function installed(): string | undefined {
  const known = [...(applications[process.platform] ?? []), chromium.executablePath()];
  return inPath(programs) ?? known.find((path) => path !== '' && existsSync(path));
}

/** How this user may run `apt-get`: as root, through `sudo` without a password, or not at all. */
function aptGet(): readonly string[] | undefined {
  const program = inPath(['apt-get']);
  if (program === undefined) return undefined;
  if (process.getuid?.() === 0) return [program];
  const sudo = inPath(['sudo']);
  if (sudo === undefined || spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  return [sudo, '-n', program];
}

function install(apt: readonly string[]): void {
  const [command, ...first] = apt;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const result = spawnSync(command!, [...first, '-qq', ...args], { env, encoding: 'utf8' });
    if (result.status !== 0) {
      const reason = result.error?.message ?? `${result.stderr}${result.stdout}`.trim();
      throw new SetupError(`Chromium could not be installed: "apt-get ${args.join(' ')}" failed:\n${reason}`);
    }
  }
}

/**
 * Finds Chromium, or installs the distribution's package where `apt-get` may be run.
 *
 * @returns the path of the program
 * @throws SetupError when there is none and none can be installed
 */
export function ensureChromium(say: (line: string) => void = console.log): string {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (executable(named)) return named;
    throw new SetupError(`CHROMIUM_PATH names "${named}", which is not a program that can be run.`);
  }
  const found = installed();
  if (found !== undefined) return found;
  const apt = aptGet();
  if (apt !== undefined) {
    say('Installing Chromium with apt-get (once)…');
    install(apt);
    const now = installed();
    if (now !== undefined) return now;
  }
  throw new SetupError(
    'The end-to-end tests need Chromium or Google Chrome: install one, or name its program in CHROMIUM_PATH.',
  );
}
