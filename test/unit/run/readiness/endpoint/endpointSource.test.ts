import assert from 'node:assert/strict';
import type { Prompt } from '../../../../../src/readiness/prompts/prompt.ts';
import { seedOf } from '../../../../../src/run/readiness/endpoint/samplingRequest.ts';
import { answerBy, context, sendError, sendJson } from './localServer.ts';
import { all, prompts, usingServer, wanted } from './usingServer.ts';

/* What is asked of a server, and what is made of its answers. */

describe('a server as a source of rollouts', () => {
  const made = usingServer();

  for (const kind of ['text', 'messages'] as const) {
    it(`samples ${kind === 'text' ? 'completions' : 'chat completions'} with all that a server tells`, async () => {
      const source = await made.open();
      let answers = 0;
      const { found, error, texts } = await all(source, prompts(5, kind), { onAnswer: () => answers++ });
      assert.equal(error, undefined);
      assert.deepEqual(texts, wanted(5));
      assert.equal(answers, 20);
      const rollout = found[2]!.rollouts[1]!;
      assert.deepEqual(
        { ...rollout, logProbabilities: [...rollout.logProbabilities!] },
        {
          text: answerBy(seedOf(7, 2, 1)).text,
          tokens: 3,
          stopped: true,
          logProbabilities: answerBy(seedOf(7, 2, 1)).logprobs,
          entropies: null,
          reward: null,
        },
      );
      const { prompt: _, messages: __, seed: ___, ...rest } = made.server.asked[0]!;
      const probabilities = kind === 'text' ? { logprobs: 0 } : { logprobs: true, top_logprobs: 0 };
      assert.deepEqual(rest, {
        ...{ model: 'made/model', n: 4, temperature: 1, top_p: 1, max_tokens: 8, stream: false },
        ...{ ...probabilities, top_k: -1, min_p: 0, repetition_penalty: 1 },
      });
      assert.deepEqual(made.notes, [
        `Prompts are sent to ${made.server.origin} without an API key; model "made/model".`,
      ]);
    });
  }

  it('gives no log-probabilities that are not of temperature 1, and says which answers the limit cut', async () => {
    const { found } = await all(await made.open(), prompts(1), { temperature: 0.6, maxTokens: 2, stop: ['\n\n'] });
    assert.deepEqual(
      found[0]!.rollouts.map(({ tokens, stopped, logProbabilities }) => [tokens, stopped, logProbabilities]),
      new Array(4).fill([2, false, null]),
    );
    assert.deepEqual(made.server.asked[0]!.stop, ['\n\n']);
  });

  it('asks for the same answers however they are cut into requests', async () => {
    const { texts, error } = await all(await made.open({}, { answersPerRequest: 3 }), prompts(2), { samples: 8 });
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(2, 8));
    assert.deepEqual(made.server.asked.map(({ n }) => n).sort(), [2, 2, 3, 3, 3, 3]);
  });

  it('finds out how many answers the server gives to a request', async () => {
    const { texts, error } = await all(await made.open({ mostAnswers: 3 }), prompts(3), { samples: 8 });
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(3, 8));
  });

  it('asks for one greedy answer at a time, and one of SGLang’s', async () => {
    const greedy = await all(await made.open(), prompts(1), { temperature: 0 });
    assert.deepEqual(greedy.texts, wanted(1));
    await made.stop();
    const { texts } = await all(await made.open({ owner: 'sglang' }), prompts(1));
    assert.deepEqual(texts, wanted(1));
    assert.ok(made.server.asked.every(({ n }) => n === 1));
  });

  it('asks for the rest where a server gives fewer answers, and takes no more than it asked for', async () => {
    const fewer = await all(await made.open({ choices: (choices) => choices.slice(0, 1) }), prompts(2));
    assert.equal(fewer.error, undefined);
    assert.deepEqual(fewer.texts, wanted(2));
    assert.match(made.notes.join('\n'), /gave 1 answer where 4 were asked for; it is asked for the rest, 1 at a time/);
    await made.stop();
    const more = await all(await made.open({ choices: (choices) => [...choices, ...choices] }), prompts(1));
    assert.equal(more.texts[0]!.length, 4);
    assert.match(made.notes.join('\n'), /gives more answers than it is asked for/);
  });

  it('does without fields and log-probabilities that a server does not take', async () => {
    const source = await made.open({
      fault: (response, _, { top_k: topK, logprobs }) => {
        if (topK !== undefined) return sendError(response, 400, 'Unrecognized request argument supplied: top_k');
        return logprobs === undefined ? false : sendError(response, 400, 'logprobs is not supported.');
      },
    });
    const { texts, found, error } = await all(source, prompts(4));
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(4));
    assert.equal(found[0]!.rollouts[0]!.tokens, null);
    assert.match(
      made.notes.join('\n'),
      /does not take top_k, min_p, repetition_penalty[\s\S]*gives no log-probabilities/,
    );
    assert.equal(made.notes.length, 3);
  });

  it('warns of nothing however many requests are under way', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    try {
      const { texts } = await all(await made.open({ gather: 24 }, { concurrency: 24 }), prompts(24));
      assert.deepEqual(texts, wanted(24));
      // Warnings are emitted in a later turn.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    assert.deepEqual(warnings, []);
  });

  it('keeps as many requests under way as it may, and no more', async () => {
    const { texts } = await all(await made.open({ gather: 3 }), prompts(9));
    assert.deepEqual(texts, wanted(9));
    assert.equal(made.server.mostBusy, 3);
    await made.stop();
    await all(await made.open({ gather: 3 }, { answersPerRequest: 1 }), prompts(1), { samples: 9 });
    assert.equal(made.server.mostBusy, 3);
  });

  it('names all prompts that do not fit, once the others have their answers, and answers as long as the context', async () => {
    const long = (index: number): Prompt => ({
      index,
      line: index + 1,
      answer: null,
      input: { kind: 'text', text: 'x'.repeat(context) },
    });
    const asked = [long(0), ...prompts(2).map((each) => ({ ...each, index: each.index + 1 })), long(3)];
    const { found, error } = await all(await made.open(), asked);
    assert.deepEqual(
      found.map(({ prompt }) => prompt),
      [1, 2],
    );
    assert.match(
      String(error),
      /InputError: 2 prompts \(line 1, 4\) do not fit into the context of .* It says: This model's .* 2 of 4 prompts have all their answers/,
    );
    const { error: refused } = await all(await made.open(), prompts(1), { maxTokens: context });
    assert.match(String(refused), /InputError: .*a context of 64 tokens: answers of up to 64 tokens leave no room/);
  });

  it('shows which models there are, and goes without the list where there is none', async () => {
    await assert.rejects(made.open({}, { model: 'other' }), {
      name: 'InputError',
      message: /^http:\/\/127\.0\.0\.1:\d+ serves no model "other"; it serves "made\/model"\.$/,
    });
    await made.stop();
    const source = await made.open(
      { models: (response) => void sendJson(response, 404, { detail: 'Not Found' }) },
      { model: 'other' },
    );
    assert.match(made.notes.at(-1)!, /does not say which models it serves; "other" is taken as it is/);
    const { error } = await all(source, prompts(1));
    assert.match(
      String(error),
      /InputError: .*chat\/completions is not there \(status 404: The model `other` does not exist/,
    );
  });
});
