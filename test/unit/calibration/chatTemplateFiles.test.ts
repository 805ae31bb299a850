import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readChatTemplate } from '../../../src/calibration/chat/chatTemplate.ts';
import type { Dict, Value } from '../../../src/calibration/chat/jinja/values/values.ts';
import { isDict } from '../../../src/calibration/chat/jinja/values/values.ts';
import { InputError } from '../../../src/errors.ts';
import { chatJson, message, now } from './chatFixtures.ts';

const messages = [message('user', 'x')];

describe("a checkpoint's chat template", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-template-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function write(files: Iterable<readonly [name: string, text: string]>): Promise<void> {
    for (const [name, text] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }

  async function rendered(tools: readonly Dict[] | null, file?: string): Promise<string> {
    const template = await readChatTemplate([folder], file);
    return template.render(messages, { tools, variables: new Map() }, false, now).text;
  }

  const folders = chatJson('folders') as readonly [ReadonlyMap<string, string>, readonly Value[]][];

  for (const [i, [files, expected]] of folders.entries()) {
    it(`is found, chosen and given special tokens as by transformers: folder ${i + 1}, ${Array.from(files.keys()).join(', ')}`, async () => {
      await write(files);
      for (const [k, tools] of [null, [new Map()]].entries()) {
        if (isDict(expected[k]!)) await assert.rejects(rendered(tools), InputError);
        else assert.equal(await rendered(tools), expected[k]);
      }
    });
  }

  it('may be another file', async () => {
    await write([
      ['tokenizer_config.json', '{"chat_template": "own", "bos_token": "<s>"}'],
      ['other.jinja', 'other {{ bos_token }}'],
    ]);
    assert.equal(await rendered(null, join(folder, 'other.jinja')), 'other <s>');
  });

  it('is missed with a sentence that says where it was sought', async () => {
    await assert.rejects(readChatTemplate([folder]), {
      message:
        `Conversations need a chat template, and "${folder}" has none: neither chat_template.jinja nor "chat_template" in ` +
        'tokenizer_config.json. Give one with --chat-template FILE.',
    });
  });

  it('must not be told apart by names without a default', async () => {
    await write([['tokenizer_config.json', '{"chat_template": [{"name": "rag", "template": "x"}]}']]);
    await assert.rejects(rendered(null), {
      message:
        'The checkpoint has chat templates called "rag" but none called "default"; give one with --chat-template.',
    });
  });

  it('must not print a special token that only the tokenizer class knows', async () => {
    await write([
      ['tokenizer_config.json', '{"chat_template": "{{ bos_token }}", "tokenizer_class": "OtherTokenizer"}'],
    ]);
    await assert.rejects(rendered(null), {
      message:
        `The chat template, "chat_template" of "${join(folder, 'tokenizer_config.json')}", prints "bos_token", which tokenizer_config.json ` +
        'does not give; the class "OtherTokenizer" may have one of its own. Write it into tokenizer_config.json.',
    });
  });

  it('is refused where the field holds something else', async () => {
    const config = join(folder, 'tokenizer_config.json');
    await write([['tokenizer_config.json', '{"chat_template": 3}']]);
    await assert.rejects(readChatTemplate([folder]), {
      message: `The "chat_template" of "${config}" is neither a text nor a list of templates.`,
    });
    await write([['tokenizer_config.json', '{"chat_template": [{"name": 1}]}']]);
    await assert.rejects(readChatTemplate([folder]), {
      message: `The "chat_template" of "${config}" is a list with something other than {"name": …, "template": …} in it.`,
    });
  });
});
