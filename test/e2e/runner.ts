import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { root } from '../paths.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { SetupError } from '../setup/setupError.ts';
import { environmentNames, type Prepared } from './harness/environment.ts';
import { runHostTests } from './harness/hostTests.ts';
import { artefactsFolder } from './paths.ts';
import { bundleHostTests } from './setup/bundleHostTests.ts';
import { ensureVscodeServer } from './setup/vscodeServer.ts';

const suites = ['host', 'workbench', 'installed'] as const;
type Suite = (typeof suites)[number];

/** The tests of `host/` that the packaged extension must pass too: what breaks when a file is missing. */
const installedGrep = '^(Activation|Show Devices)';

interface Options {
  readonly grep?: string;
  /** Folder for pictures of the views. */
  readonly screenshots?: string;
}

/** The tests of one folder, in Node, driving the workbench. */
function runMocha(folder: Suite, prepared: Prepared, { grep, screenshots }: Options): boolean {
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const args = [mocha, '--no-config', '--node-option', 'import=tsx', '--timeout', '600000'];
  if (grep !== undefined) args.push('--grep', grep);
  args.push(`test/e2e/${folder}/**/*.test.ts`);
  const env = {
    ...process.env,
    [environmentNames.server]: prepared.server,
    [environmentNames.chromium]: prepared.chromium,
    ...(prepared.vsix !== undefined && { [environmentNames.vsix]: prepared.vsix }),
    ...(screenshots !== undefined && { [environmentNames.screenshots]: resolve(screenshots) }),
  };
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status === 0;
}

/** Builds the package of this platform. @returns its path */
function packageExtension(): string {
  const vsix = join(artefactsFolder, 'rejuvenation-inspector.vsix');
  const target = `${process.platform}-${process.arch}`;
  const args = [join(root, 'scripts', 'package.mjs'), target, '--out', vsix];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new SetupError(`The extension could not be packaged:\n${stdout}${stderr}`);
  console.log(`  ${stdout.trim().split('\n').at(-1)}`);
  return vsix;
}

async function runSuites(wanted: readonly Suite[], options: Options): Promise<boolean> {
  const { grep } = options;
  const server = await ensureVscodeServer();
  const chromium = ensureChromium();
  await rm(join(artefactsFolder, 'failed'), { recursive: true, force: true });
  const tests = await bundleHostTests();
  let passed = true;
  if (wanted.includes('host')) {
    console.log('\n  In the extension host');
    passed = (await runHostTests({ server, chromium }, { tests, grep })) && passed;
  }
  if (wanted.includes('workbench')) {
    console.log('\n  In the workbench');
    passed = runMocha('workbench', { server, chromium, vsix: undefined }, options) && passed;
  }
  if (wanted.includes('installed')) {
    console.log('\n  Installed from its package');
    const vsix = packageExtension();
    passed = (await runHostTests({ server, chromium }, { tests, grep: grep ?? installedGrep, vsix })) && passed;
    passed = runMocha('installed', { server, chromium, vsix }, options) && passed;
  }
  return passed;
}

const program = new Command()
  .name('npm run test:e2e --')
  .description('Tests the extension in real VS Code: the server of VS Code and a browser.')
  .addArgument(new Argument('[suite...]', 'which tests; all when none is named').choices(suites))
  .option('-g, --grep <pattern>', 'only the tests whose full title matches')
  .option('--screenshots <folder>', 'takes pictures of the views on the way')
  .action(async (named: string[], options: Options) => {
    const wanted = suites.filter((suite) => named.length === 0 || named.includes(suite));
    process.exitCode = (await runSuites(wanted, options)) ? 0 : 1;
  });

// An interrupted run ends as any run does, and takes its servers along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

if (process.env['REJUVENATE_SKIP_E2E'] === '1') {
  console.log('Skipped: REJUVENATE_SKIP_E2E is set. The extension was not tested in VS Code.');
} else {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}\nSet REJUVENATE_SKIP_E2E=1 to leave the end-to-end tests out.`);
    process.exitCode = 1;
  }
}
