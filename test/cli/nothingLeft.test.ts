import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import { sampleFolder } from '../paths.ts';

/*
 * The command line and its engine leave nothing on the machine but what they were asked to write. ONNX Runtime's own
 * telemetry would: a database and a device's number in the cache folder, and a log for each process in the temporary one.
 */
describe('the command line leaves nothing behind', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const places = { HOME: 'home', TMPDIR: 'tmp', TMP: 'tmp', TEMP: 'tmp', USERPROFILE: 'home', LOCALAPPDATA: 'home' };
  const xdg = { XDG_CACHE_HOME: 'cache', XDG_CONFIG_HOME: 'config', XDG_DATA_HOME: 'data', XDG_STATE_HOME: 'state' };
  const folders = [...new Set(Object.values({ ...places, ...xdg })), 'run'];

  /** Every entry below the folders that the runs were given, oldest names first. */
  const found = () =>
    folders.flatMap((each) =>
      readdirSync(at(each), { recursive: true, encoding: 'utf8' }).map((entry) => join(each, entry)),
    );

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'nothing-left-')));
    for (const each of [...folders, 'work']) mkdirSync(at(each));
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').split('\n');
    writeFileSync(at('work/pairs.jsonl'), lines.slice(0, 4).join('\n'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const [base, sft] = [join(sampleFolder, 'base'), join(sampleFolder, 'sft-over')];
  const pairs = ['--calibration', 'pairs.jsonl', '--device', 'cpu'];
  const commands: readonly (readonly string[])[] = [
    ['attribute', '--base', base, '--sft', sft, ...pairs, '--record', 'a.rejuvenation.json', '--processes', '2'],
    ['verify', 'a.rejuvenation.json', join(sampleFolder, 'sft-mod'), '--device', 'cpu', '--save'],
    ['commit', 'a.rejuvenation.json', '--out', 'out'],
    ['diff', base, sft, ...pairs, '--record', 'a.comparison.json'],
    ['show', 'a.rejuvenation.json'],
    // Every device of the machine, each in a process of its own.
    ['doctor'],
  ];
  for (const args of commands) {
    it(`after ${args[0]}`, () => {
      const given = Object.entries({ ...places, ...xdg }).map(([name, place]) => [name, at(place)] as const);
      const env = { ...process.env, ...Object.fromEntries(given), XDG_RUNTIME_DIR: at('run') };
      // Whoever asks for the runtime's telemetry in the environment does not get it from us either.
      Object.assign(env, { ORT_DISABLE_TELEMETRY: '0' });
      // Graphics drivers, which doctor tries, keep compiled shaders; that is theirs.
      Object.assign(env, { MESA_SHADER_CACHE_DISABLE: '1', __GL_SHADER_DISK_CACHE: '0' });
      const entry = join(distFolder, 'cli.cjs');
      const { status, stderr } = spawnSync(process.execPath, [entry, ...args], {
        cwd: at('work'),
        env,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.deepEqual(found(), []);
    });
  }
});
