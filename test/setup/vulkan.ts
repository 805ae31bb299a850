import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../e2e/paths.ts';
import { inPath } from './programs.ts';
import { SetupError } from './setupError.ts';

/** Environment variables under which a process finds a Vulkan driver. */
export type VulkanEnvironment = Readonly<Record<string, string>>;

/** Debian 12's own Mesa (22.3) has no adapter that the runtime accepts; this suite's 25.0 has. */
const backports = 'bookworm-backports';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const fromBackports = ['mesa-vulkan-drivers', 'libdrm2', 'libdrm-amdgpu1'];
const driver = 'libvulkan_lvp.so';

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0) {
    const reason = result.error?.message ?? `${result.stderr}${result.stdout}`.trim().split('\n').slice(-3).join('\n');
    throw new SetupError(`Software Vulkan could not be had: "${command} ${args.at(-1)}" failed:\n${reason}`);
  }
  return result.stdout;
}

/** Whether this is Debian 12, whose Mesa must come from backports. */
function isBookworm(): boolean {
  const file = '/etc/os-release';
  return existsSync(file) && /^VERSION_CODENAME=bookworm$/m.test(readFileSync(file, 'utf8'));
}

/** The driver's packages with what they need and this machine lacks, fetched into `folder/archives`. Changes nothing else. */
function fetchPackages(apt: string, folder: string): void {
  for (const each of ['lists/partial', 'archives/partial', 'parts']) mkdirSync(join(folder, each), { recursive: true });
  const options = [
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${folder}`,
    `Dir::Cache::Archives=${join(folder, 'archives')}`,
    // The folders are the user's own: neither root nor the system's locks are needed.
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
  ];
  const packages = ['libvulkan1'];
  if (isBookworm()) {
    const sources = join(folder, 'sources.list');
    const line = (suite: string) => `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main\n`;
    writeFileSync(sources, line('bookworm') + line(backports));
    options.push(`Dir::Etc::SourceList=${sources}`, `Dir::Etc::SourceParts=${join(folder, 'parts')}`);
    packages.push(...fromBackports.map((name) => `${name}/${backports}`));
  } else {
    packages.push(...fromBackports);
  }
  const flags = [...options.flatMap((option) => ['-o', option]), '-qq', '-y', '--no-install-recommends'];
  run(apt, [...flags, 'update'], folder);
  // Packages that are installed already are fetched all the same: what is fetched is unpacked, not installed.
  run(apt, [...flags, '--reinstall', '--download-only', 'install', ...packages], folder);
}

function findDriver(root: string): string | undefined {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(`/${driver}`));
  return found === undefined ? undefined : join(root, found);
}

/** Unpacks every package beside the others; the folder of the driver also holds the libraries it needs. */
function unpack(folder: string): void {
  const root = join(folder, 'root');
  mkdirSync(root);
  for (const name of readdirSync(join(folder, 'archives')).filter((each) => each.endsWith('.deb'))) {
    run('dpkg', ['-x', join(folder, 'archives', name), root], folder);
  }
  if (findDriver(root) === undefined) throw new SetupError(`The Mesa packages hold no ${driver}.`);
  for (const each of ['archives', 'lists', 'parts']) rmSync(join(folder, each), { recursive: true });
}

/**
 * Mesa's software Vulkan (llvmpipe) in a private folder, fetched once from the distribution's archive and unpacked; the
 * machine's packages and sources stay as they are.
 *
 * @throws SetupError where it cannot be had: not Linux with apt-get and dpkg, no network
 */
export function ensureSoftwareVulkan(say: (line: string) => void = console.log): VulkanEnvironment {
  const apt = inPath(['apt-get']);
  if (process.platform !== 'linux' || apt === undefined || inPath(['dpkg']) === undefined) {
    throw new SetupError(
      'Software Vulkan is fetched from Debian or Ubuntu packages, which this machine has no tools for.',
    );
  }
  const folder = join(cacheFolder, 'vulkan');
  if (!existsSync(folder)) {
    say('Fetching software Vulkan (once; about 12 MB)…');
    const staging = `${folder}.${process.pid}`;
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    try {
      fetchPackages(apt, staging);
      unpack(staging);
      mkdirSync(join(staging, 'run'), { mode: 0o700 });
      renameSync(staging, folder);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  }
  const library = findDriver(join(folder, 'root'))!;
  const description = join(folder, 'driver.json');
  writeFileSync(
    description,
    JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } }),
  );
  return {
    VK_DRIVER_FILES: description,
    LD_LIBRARY_PATH: library.slice(0, -driver.length - 1),
    XDG_RUNTIME_DIR: join(folder, 'run'),
  };
}
