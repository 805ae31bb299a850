import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { matchPrompts } from '../../src/readiness/rolloutFiles/matchPrompts.ts';
import { readRolloutFiles } from '../../src/readiness/rolloutFiles/readRolloutFiles.ts';
import { readModels } from '../../src/run/readiness/endpoint/modelList.ts';
import { serverMessage } from '../../src/run/readiness/endpoint/refusedReply.ts';
import { ReplyFault, readAnswers } from '../../src/run/readiness/endpoint/samplingReply.ts';
import type { Format } from './format.ts';
import { jsonText } from './mutations.ts';

/* Answers from elsewhere: rows of files of rollouts, and a server's replies. */

function rolloutFormat(folder: string): Format<readonly string[]> {
  const path = join(folder, 'rollouts.jsonl');
  const { signal } = new AbortController();
  const line = jsonText([
    { input: 'p', output: 'a', gts: '5', score: 1, step: 3 },
    { step: 3, prompt: 'p', completion: 'a', right: 1, advantage: 0.5 },
    { group_index: 0, prompt: [{ role: 'user', content: 'p' }], response: 'a', reward: 1, status: 'completed' },
    { prompt: 'p', responses: ['a', 'b'], rewards: [1, 0], reward_model: { ground_truth: ['5'] } },
  ]);
  return {
    name: 'rollouts',
    inputs: fc.array(line, { maxLength: 4 }),
    async read(lines) {
      await writeFile(path, lines.join('\n'));
      const table = await readRolloutFiles([path], { columns: {}, signal });
      return matchPrompts(table, table.prompts);
    },
  };
}

function replyFormat(): Format<string> {
  const ending = { index: 0, finish_reason: 'stop' };
  const options = { temperature: 1, topP: 1, maxTokens: 4, stop: [] };
  return {
    name: 'server replies',
    inputs: jsonText([
      {
        choices: [{ ...ending, text: 'a', logprobs: { token_logprobs: [-1, null] } }],
        usage: { completion_tokens: 2 },
      },
      { choices: [{ ...ending, message: { content: null }, logprobs: { content: [{ logprob: -1 }] } }] },
      { error: { message: 'no', code: 400 } },
      { object: 'list', data: [{ id: 'm', owned_by: 'vllm', max_model_len: 64 }] },
    ]),
    async read(text) {
      serverMessage({ status: 400, contentType: 'application/json', retryAfter: undefined, text }, undefined);
      readModels(text);
      let refused: ReplyFault | undefined;
      for (const input of [
        { kind: 'text', text: 'p' },
        { kind: 'messages', messages: [] },
      ] as const) {
        try {
          readAnswers(text, { input, line: 1, options, count: 1, seed: 0 });
        } catch (error) {
          if (!(error instanceof ReplyFault)) throw error;
          refused = error;
        }
      }
      if (refused !== undefined) throw new InputError(refused.message);
    },
  };
}

/** @param folder an empty folder that inputs are written to */
export function rolloutFormats(folder: string): readonly Format[] {
  // Each makes the inputs that it reads.
  return [rolloutFormat(folder), replyFormat()] as unknown as Format[];
}
