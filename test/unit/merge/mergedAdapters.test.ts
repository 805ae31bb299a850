import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { InputError } from '../../../src/errors.ts';
import { ScratchCheckpoint } from '../../../src/files/writing/scratchCheckpoint.ts';
import { type MergeContext, MergedAdapters } from '../../../src/merge/mergedAdapters.ts';
import { mergedConfig } from '../../../src/merge/mergedConfig.ts';
import { setEnvironment } from '../../environment.ts';
import { fixtures } from '../../paths.ts';
import { baseOf, changedAdapter } from './adapterFolder.ts';

const heard = (): MergeContext & { readonly notes: string[] } => {
  const notes: string[] = [];
  return {
    notes,
    signal: new AbortController().signal,
    onNote: (text) => notes.push(text),
    onProgress: () => undefined,
  };
};
const adapter = (name: string) => join(fixtures, 'lora', name);

describe('adapters merged for a while', () => {
  let folder: string;
  let adapters: MergedAdapters;
  let restore: () => void;
  const at = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'merged-')));
    mkdirSync(at('tmp'));
    restore = setEnvironment({ TMPDIR: at('tmp') });
    adapters = new MergedAdapters();
  });
  afterEach(async () => {
    await adapters.close();
    restore();
    rmSync(folder, { recursive: true });
  });

  /** Opens an adapter in a folder with the base of one of the fixtures. */
  async function opened(of: string, path = adapter(of), context: MergeContext = heard()): Promise<Checkpoint> {
    return adapters.open(path, await openCheckpoint(baseOf(of)), context);
  }

  it('lie in the folder for temporary files until they are closed, named as the adapter', async () => {
    const context = heard();
    const base = baseOf('plain');
    const merged = await opened('plain', adapter('plain'), context);
    assert.equal(merged.folder, adapter('plain'));
    assert.deepEqual(readdirSync(at('tmp')).length, 1);
    assert.equal(merged.shards.length, 1);
    assert.ok(merged.shards.every(({ path }) => path.startsWith(at('tmp'))));
    assert.deepEqual(
      merged.merged?.files.map(({ name }) => name),
      ['adapter_model.safetensors', 'adapter_config.json'],
    );
    assert.equal(merged.merged.base, base);
    assert.deepEqual(context.notes, [
      `"${adapter('plain')}" is a LoRA adapter: it is merged into the base "${base}", for the time being in "${at('tmp')}" (0.1 MB).`,
      `The adapter says that it was trained on "tiny-llama-untied-f32"; make sure that "${base}" is that model, unquantised.`,
    ]);
    // The same one is not merged again.
    assert.equal(await opened('plain'), merged);
    await adapters.close();
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('are no concern of whole checkpoints', async () => {
    const base = await openCheckpoint(baseOf('plain'));
    const sft = join(baseOf('plain'), '..', 'sft');
    assert.deepEqual(await adapters.open(sft, base, heard()), await openCheckpoint(sft));
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('say nothing of another base where the configuration names this one', async () => {
    for (const trainedOn of [baseOf('plain'), 'org/base', '']) {
      mkdirSync(at('own'));
      await changedAdapter(at('own'), { config: { base_model_name_or_path: trainedOn } });
      const context = heard();
      await opened('plain', at('own'), context);
      assert.equal(context.notes.length, 1, trainedOn);
      rmSync(at('own'), { recursive: true });
    }
  });

  it('are laid out as the base, header and index bytes included, where nothing grew', async () => {
    const base = await openCheckpoint(baseOf('all-linear'));
    const merged = await opened('all-linear');
    for (const [i, { name, path, dataStart }] of merged.shards.entries()) {
      assert.equal(name, base.shards[i]!.name);
      const header = readFileSync(base.shards[i]!.path).subarray(0, dataStart);
      assert.ok(readFileSync(path).subarray(0, dataStart).equals(header));
    }
    const index = 'model.safetensors.index.json';
    const place = merged.merged!.place;
    assert.equal(readFileSync(join(place, index), 'utf8'), readFileSync(join(base.folder, index), 'utf8'));
    assert.equal(
      readFileSync(join(place, 'config.json'), 'utf8'),
      readFileSync(join(base.folder, 'config.json'), 'utf8'),
    );
  });

  it('take what grew into header, index and config.json', async () => {
    const merged = await opened('resized');
    assert.equal(merged.architecture.vocabSize, 323);
    const json = (name: string): { metadata: { total_size: number }; vocab_size: number } =>
      JSON.parse(readFileSync(join(merged.merged!.place, name), 'utf8'));
    const bytes = [...merged.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.equal(json('model.safetensors.index.json').metadata.total_size, bytes);
    assert.equal(json('config.json').vocab_size, 323);
  });

  it('take the tokenizer and its template from the adapter where it has its own', async () => {
    const base = at('base');
    cpSync(baseOf('plain'), base, { recursive: true });
    writeFileSync(join(base, 'chat_template.jinja'), 'of the base');
    writeFileSync(join(base, 'special_tokens_map.json'), '{}');
    const own = at('own');
    cpSync(adapter('plain'), own, { recursive: true });
    const sides = async () => {
      await adapters.close();
      const merged = await adapters.open(own, await openCheckpoint(base), heard());
      const names = readdirSync(merged.merged!.place).filter((name) => /token|templ|added/.test(name));
      const template = names.includes('chat_template.jinja')
        ? readFileSync(join(merged.merged!.place, 'chat_template.jinja'), 'utf8')
        : '';
      return { names: names.sort(), template, tokenizer: merged.tokenizerPath, files: merged.merged!.files.length };
    };
    const theirs = { template: 'of the base', tokenizer: join(base, 'tokenizer.json'), files: 2 };
    const all = ['chat_template.jinja', 'special_tokens_map.json', 'tokenizer.json'];
    assert.deepEqual(await sides(), { names: all, ...theirs });
    copyFileSync(join(base, 'tokenizer.json'), join(own, 'tokenizer.json'));
    writeFileSync(join(own, 'added_tokens.json'), '{}');
    const mixed = { ...theirs, tokenizer: join(own, 'tokenizer.json'), files: 3 };
    const names = ['added_tokens.json', 'chat_template.jinja', 'tokenizer.json'];
    assert.deepEqual(await sides(), { names, ...mixed });
    writeFileSync(join(own, 'chat_template.jinja'), 'of the adapter');
    assert.deepEqual(await sides(), { names, ...mixed, template: 'of the adapter' });
    rmSync(join(own, 'chat_template.jinja'));
    writeFileSync(join(own, 'tokenizer_config.json'), '{"chat_template":"in the configuration"}');
    assert.deepEqual(await sides(), {
      names: ['added_tokens.json', 'tokenizer.json', 'tokenizer_config.json'],
      ...mixed,
      template: '',
      files: 4,
    });
  });

  it('are refused where a value is not finite, and nothing is left', async () => {
    mkdirSync(at('own'));
    const name = 'base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight';
    await changedAdapter(at('own'), {
      tensors: (tensors) =>
        new DataView(tensors.get(name)!.data.buffer, tensors.get(name)!.data.byteOffset).setFloat32(
          8,
          Number.NaN,
          true,
        ),
    });
    await assert.rejects(opened('plain', at('own')), {
      name: 'InputError',
      message: `"${at('own/adapter_model.safetensors')}": tensor "${name}" holds NaN at element 2: the training that wrote it had failed.`,
    });
    await adapters.close();
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('are deleted when the work is stopped', async () => {
    const stop = new AbortController();
    const context = { ...heard(), signal: stop.signal, onProgress: () => stop.abort() };
    await assert.rejects(opened('all-linear', adapter('all-linear'), context), { name: 'Interrupted' });
    await adapters.close();
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('are deleted by the next one where a process was killed, and by nobody else', async () => {
    const merged = await opened('plain');
    const { place } = merged.merged!;
    // The name tells whose it is: one of a process that is no more, one of a living one.
    const pids = /-(\d+)-([0-9a-f]{16})$/.exec(place)!;
    const named = (pid: number) => place.replace(pids[0], `-${pid}-${'0'.repeat(16)}`);
    const gone = named(2 ** 22 + 1);
    const alive = named(process.ppid);
    for (const path of [gone, alive]) cpSync(place, path, { recursive: true });
    const other = new MergedAdapters();
    await other.open(adapter('all-linear'), await openCheckpoint(baseOf('all-linear')), heard());
    assert.deepEqual(
      readdirSync(at('tmp')).filter((name) => gone.endsWith(name)),
      [],
    );
    assert.equal(readdirSync(at('tmp')).length, 3);
    await other.close();
    rmSync(alive, { recursive: true });
  });

  it('say what to do where there is no room', async () => {
    await assert.rejects(ScratchCheckpoint.create(1e18), {
      name: 'InputError',
      message: new RegExp(
        `^"${at('tmp')}" has [\\d.]+ GB free, but merging the adapter needs 1000000000.0 GB: ` +
          'free some space there, or set TMPDIR to a folder on another disk\\.$',
      ),
    });
  });

  it('say so where the room runs out while they are written', async () => {
    const scratch = await ScratchCheckpoint.create(0);
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    const advice = `"${at('tmp')}" has no room for the merged adapter: free some space there, or set TMPDIR to a folder on another disk.`;
    assert.equal(scratch.fault(full).message, advice);
    assert.equal(scratch.fault(new InputError('Cannot write.', { cause: full })).message, advice);
    const other = new InputError('Something else.');
    assert.equal(scratch.fault(other), other);
    await scratch.remove();
  });

  it('change no more of config.json than they must', () => {
    const text = '{\n "rope_theta": 10000.0, "vocab_size" : 320,\n "eps": 1e-06\n}\n';
    assert.equal(mergedConfig(text, { vocabSize: 320, tied: false }), text);
    assert.equal(mergedConfig(text, { vocabSize: 323, tied: false }), text.replace('320', '323'));
    const tied = '{"vocab_size":8,"tie_word_embeddings":true}';
    assert.equal(mergedConfig(tied, { vocabSize: 8, tied: false }), '{"vocab_size":8,"tie_word_embeddings":false}');
    // What is not there yet comes last.
    assert.equal(
      mergedConfig('{\n  "eps": 1e-06,\n  "vocab_size": 8\n}\n', { vocabSize: 8, tied: true }),
      '{\n  "eps": 1e-06,\n  "vocab_size": 8,\n  "tie_word_embeddings": true\n}\n',
    );
    // A field of the same name inside another object is another field.
    const nested = '{"inner":{"vocab_size":8},"vocab_size":8}';
    assert.deepEqual(JSON.parse(mergedConfig(nested, { vocabSize: 9, tied: false })), {
      inner: { vocab_size: 8 },
      vocab_size: 9,
    });
  });
});
