import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { attributionRun } from '../../../src/run/attributionRun.ts';
import { commitRun } from '../../../src/run/commitRun.ts';
import {
  checkInputsUnchanged,
  describeCalibration,
  describeInputs,
  hashInputs,
} from '../../../src/run/files/provenance.ts';
import { verifyRun } from '../../../src/run/verifyRun.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { fixtures } from '../../paths.ts';
import { GoldenEngine } from './goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const weights = 'model.safetensors';
const { signal } = new AbortController();

/** Changes the last byte in place and sets the modification time back. */
function editQuietly(path: string): void {
  const { size, atimeMs, mtimeMs } = statSync(path);
  const file = openSync(path, 'r+');
  writeSync(file, Uint8Array.of(7), 0, 1, size - 1);
  closeSync(file);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

/** Puts a copy with the same times in place of the file. */
function replace(path: string): void {
  const { atimeMs, mtimeMs } = statSync(path);
  copyFileSync(path, `${path}.other`);
  utimesSync(`${path}.other`, atimeMs / 1000, mtimeMs / 1000);
  renameSync(`${path}.other`, path);
}

describe('inputs of a run', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'swapped-')));
    cpSync(join(fixtures, 'checkpoints', name), folder, { recursive: true });
    copyFileSync(join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), at('pairs.jsonl'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const record = () => at('a.rejuvenation.json');
  async function attribute(onPhase: (phase: string) => void = () => undefined) {
    const engine = await GoldenEngine.open(name);
    return attributionRun(
      {
        inputs: { base: at('base'), sft: at('sft'), calibration: [at('pairs.jsonl')] },
        outputs: { record: record() },
        settings: { ...defaultSettings, rho: 0.02, topN: 3 },
        overwrite: false,
      },
      {
        signal,
        onEvent: (event) => event.type === 'phase' && onPhase(event.phase),
        startEngine: async () => engine,
      },
    );
  }
  const commit = () =>
    commitRun({ record: record(), out: at('out'), overwrite: false }, { onEvent: () => undefined, signal });

  const changes: readonly (readonly [string, string, (path: string) => void])[] = [
    ['a shard replaced by its copy', `base/${weights}`, replace],
    ['a shard edited, its time set back', `sft/${weights}`, editQuietly],
    ['a tokenizer.json replaced by its copy', 'sft/tokenizer.json', replace],
    ['a calibration that grows', 'pairs.jsonl', (path) => appendFileSync(path, '\n')],
  ];
  for (const [what, file, change] of changes) {
    it(`end it when they change under it: ${what}`, async function () {
      if (process.platform === 'win32') this.skip();
      const before = readdirSync(folder);
      const changing = attribute((phase) => phase === 'SFT entropy' && change(at(file)));
      await assert.rejects(changing, {
        name: 'RunError',
        message: `"${at(file)}" changed while it was read: leave it alone and try again.`,
      });
      // Nor is there unfinished work, half of one file and half of another.
      assert.deepEqual(readdirSync(folder), before);
    });
  }

  it('may have their attributes changed; a content changed with them is found', async function () {
    if (process.platform === 'win32') this.skip();
    const [base, sft] = [await openCheckpoint(at('base')), await openCheckpoint(at('sft'))];
    const inputs = describeInputs(base, sft, await describeCalibration([at('pairs.jsonl')]));
    const hashes = await hashInputs(inputs, signal);
    await checkInputsUnchanged(inputs, hashes, signal);
    chmodSync(at('sft', weights), 0o600);
    await checkInputsUnchanged(inputs, hashes, signal);
    editQuietly(at('sft', weights));
    await assert.rejects(checkInputsUnchanged(inputs, hashes, signal), { name: 'RunError', message: /sft.*changed/ });
  });

  it('end a verification when a checkpoint changes under it, and nothing is saved', async () => {
    await attribute();
    const before = readFileSync(record());
    const engine = await GoldenEngine.open(name);
    const verifying = verifyRun(
      {
        ...defaultSettings,
        record: record(),
        checkpoints: [at('sft')],
        save: true,
      },
      {
        signal,
        onEvent: (event) => event.type === 'phase' && event.phase === 'measure' && replace(at('sft', weights)),
        startEngine: async () => engine,
      },
    );
    await assert.rejects(verifying, {
      name: 'RunError',
      message: `"${at('sft', weights)}" changed while it was measured: leave it alone and try again.`,
    });
    assert.deepEqual(readFileSync(record()), before);
  });

  it('are listed in a committed checkpoint with what was compared of them', async () => {
    await attribute();
    // Copied, for instance: another time, the same content.
    utimesSync(at('sft', weights), 1, 1);
    await commit();
    const manifest = JSON.parse(readFileSync(at('out', 'rejuvenation.json'), 'utf8')) as {
      readonly inputs: Readonly<Record<string, { readonly files: readonly { name: string; compared: string }[] }>>;
    };
    const compared = (side: string) => manifest.inputs[side]!.files.map((file) => `${file.name}: ${file.compared}`);
    const small = ['config.json: SHA-256', 'tokenizer.json: SHA-256'];
    assert.deepEqual(compared('base'), [`${weights}: size and modification time`, ...small]);
    assert.deepEqual(compared('sft'), [`${weights}: SHA-256`, ...small]);
  });

  it('are refused by a commit when a small one differs, whatever its time', async () => {
    await attribute();
    const path = at('base', 'config.json');
    const { atimeMs, mtimeMs } = statSync(path);
    // The same configuration, spelled in other bytes.
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/\s/, (space) => (space === ' ' ? '\t' : ' ')),
    );
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
    await assert.rejects(commit(), {
      name: 'InputError',
      message: /config\.json" is not the file that the record was made/,
    });
    assert.equal(existsSync(at('out')), false);
  });
});
