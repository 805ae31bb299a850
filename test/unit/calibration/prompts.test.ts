import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompt } from '../../../src/calibration/prompt.ts';
import { decodeAnswers, encodePrompts } from '../../../src/calibration/prompts.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { hangOnLines, ordinaryPrompt } from '../../hangingTokenizer.ts';
import { fixtures, sampleFolder } from '../../paths.ts';
import { conversation, message } from './chatFixtures.ts';

describe('prompts', () => {
  const tokenizerPath = join(fixtures, 'chat', 'chatml.tokenizer.json');
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'prompts-'));
    cpSync(join(fixtures, 'chat', 'templates', 'turns.jinja'), join(folder, 'chat_template.jinja'));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<|im_end|>' }));
  });
  after(() => rmSync(folder, { recursive: true }));
  const options = () => ({
    tokenizerPath,
    templateFolders: [folder],
    chatTemplate: '',
    templateArgs: [],
    specialTokens: 'tokenizer' as const,
  });

  it('are encoded as texts, and as conversations that ask for an answer; what they spell is decoded', async () => {
    const asked: Prompt[] = [
      { kind: 'text', text: 'Question: 2 + 3?' },
      { kind: 'conversation', conversation: conversation(message('user', 'What is 2 + 3?')) },
    ];
    const { ids, endOfText } = await encodePrompts(options(), asked);
    const tokenizer = await readTokenizer(tokenizerPath);
    const special = tokenizer.special();
    assert.deepEqual([...ids[0]!], [...special.before, ...tokenizer.encode('Question: 2 + 3?')]);
    const spelled = Array.from(ids[1]!, (id) => tokenizer.spelling(id)).join('');
    assert.equal(spelled, '<start_of_turn>userĊWhatĠisĠ2Ġ+Ġ3?<end_of_turn>Ċ<start_of_turn>modelĊ');
    assert.equal(endOfText, tokenizer.encode('<|im_end|>')[0]);
    const texts = await decodeAnswers(tokenizerPath, [
      Uint32Array.from(tokenizer.encode('It is 5. é😀')),
      new Uint32Array(),
    ]);
    assert.deepEqual(texts, ['It is 5. é😀', '']);
  });

  it('that cannot be used are named', async () => {
    for (const [prompt, expected] of [
      [{ kind: 'text', text: '' }, /^Prompt 2 has no token/],
      [{ kind: 'conversation', conversation: conversation() }, /^Prompt 2/],
    ] as [Prompt, RegExp][]) {
      await assert.rejects(
        encodePrompts({ ...options(), specialTokens: 'none' }, [{ kind: 'text', text: 'a' }, prompt]),
        (error: Error) => error instanceof InputError && expected.test(error.message),
      );
    }
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(encodePrompts(options(), [], { signal: stop.signal }), Interrupted);
  });

  it('that do not come to an end are named with what they hold', async () => {
    const hanging = join(folder, 'hanging.json');
    cpSync(join(sampleFolder, 'base', 'tokenizer.json'), hanging);
    hangOnLines(hanging);
    // On one line, which the expression does not get past.
    const chatTemplate = join(folder, 'line.jinja');
    writeFileSync(chatTemplate, '{% for m in messages %}{{ m.content }}{% endfor %}');
    const content = `${ordinaryPrompt} é`;
    for (const [prompt, bytes] of [
      [{ kind: 'text', text: content }, Buffer.byteLength(content)],
      [
        { kind: 'conversation', conversation: conversation(message('user', content)) },
        Buffer.byteLength(`user${content}`),
      ],
    ] as [Prompt, number][]) {
      await assert.rejects(
        encodePrompts({ ...options(), tokenizerPath: hanging, chatTemplate, specialTokens: 'none' }, [prompt], {
          lineLimitMs: 500,
        }),
        (error: Error) =>
          error instanceof InputError &&
          error.message.startsWith(
            `Prompt 1: the tokenizer did not finish it within 0.5 s. Either the prompt is too long (${bytes} bytes): `,
          ),
      );
    }
  });
});
