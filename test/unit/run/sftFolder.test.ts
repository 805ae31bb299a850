import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkBase, checkSft, sftTokenizer } from '../../../src/run/files/sftFolder.ts';
import { checkpointFixtures, fixtures } from '../../paths.ts';

const checkpoint = (name: string, which: 'base' | 'sft') => join(checkpointFixtures, name, which);
const adapter = (name: string) => join(fixtures, 'lora', name);
const llama = 'tiny-llama-untied-f32';

describe('the folder chosen as SFT', () => {
  it('may be a checkpoint or an adapter', async () => {
    await checkSft(checkpoint(llama, 'sft'));
    await checkSft(adapter('plain'));
    await assert.rejects(checkSft(fixtures), { name: 'InputError' });
  });

  it('must be of the base', async () => {
    assert.deepEqual(await checkBase(checkpoint(llama, 'base'), checkpoint(llama, 'sft'), 'keep'), []);
    assert.deepEqual(await checkBase(checkpoint(llama, 'base'), adapter('plain'), 'keep'), []);
    await assert.rejects(checkBase(checkpoint('tiny-qwen3-tied', 'base'), adapter('plain'), 'keep'), {
      name: 'InputError',
      message: /does not fit "model\.layers\.0\.self_attn\.q_proj\.weight" of the base/,
    });
    await assert.rejects(checkBase(checkpoint('tiny-qwen3-tied', 'base'), checkpoint(llama, 'sft'), 'keep'), {
      name: 'InputError',
    });
    await assert.rejects(
      checkBase(adapter('plain'), checkpoint(llama, 'sft'), 'keep'),
      /which is a checkpoint only together/,
    );
  });

  it('says which tokenizer and how many tokens there will be', async () => {
    const base = checkpoint('tiny-qwen3-untied-sharded', 'base');
    const tokenizerPath = join(base, 'tokenizer.json');
    const templateFolders = [adapter('resized'), base];
    assert.deepEqual(await sftTokenizer(adapter('resized'), base), {
      tokenizerPath,
      templateFolders,
      vocabSize: 323,
      maxPositions: 256,
    });
    assert.equal((await sftTokenizer(adapter('resized'), base, 'other.json')).tokenizerPath, 'other.json');
    await assert.rejects(
      sftTokenizer(adapter('resized')),
      /is a LoRA adapter, which needs its base: name that with --base/,
    );
    const sft = checkpoint(llama, 'sft');
    assert.deepEqual(await sftTokenizer(sft), await sftTokenizer(sft, sft));
    assert.deepEqual(await sftTokenizer(sft, checkpoint(llama, 'base')), {
      tokenizerPath: join(sft, 'tokenizer.json'),
      templateFolders: [sft],
      vocabSize: 320,
      maxPositions: 256,
    });
  });
});
