import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Prompt } from '../../../../../src/readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../../../../src/readiness/rollout.ts';
import { type EndpointOptions, EndpointSource } from '../../../../../src/run/readiness/endpoint/endpointSource.ts';
import { usualPatience } from '../../../../../src/run/readiness/endpoint/patience.ts';
import { seedOf } from '../../../../../src/run/readiness/endpoint/samplingRequest.ts';
import type { SampleOptions } from '../../../../../src/run/readiness/rolloutSource.ts';
import { answerBy, context, LocalServer, type ServerOptions, sendError, sendJson } from './localServer.ts';

const prompts = (count: number, kind: 'text' | 'messages' = 'messages'): Prompt[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ index, line: index + 1, answer: null },
    input:
      kind === 'text'
        ? { kind, text: `prompt ${index}` }
        : { kind, messages: [{ role: 'user', content: `prompt ${index}` }] },
  }));

describe('a server as a source of rollouts', () => {
  let server: LocalServer | undefined;
  let notes: string[];
  /** Waits that were asked for, milliseconds. */
  let waits: number[];
  beforeEach(() => {
    notes = [];
    waits = [];
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  const patience = {
    ...usualPatience,
    async wait(ms: number) {
      waits.push(ms);
    },
  };

  async function open(
    made: ServerOptions = {},
    chosen: Partial<EndpointOptions> = {},
    environment: NodeJS.ProcessEnv = {},
  ): Promise<EndpointSource> {
    server ??= await LocalServer.start(made);
    const options = {
      endpoint: server.origin,
      model: 'made/model',
      concurrency: 3,
      answersPerRequest: 16,
      timeoutSeconds: 60,
    };
    const { signal } = new AbortController();
    return EndpointSource.open({ ...options, ...chosen }, (note) => notes.push(note), signal, patience, environment);
  }

  const sampling: SampleOptions = {
    ...{ samples: 4, temperature: 1, topP: 1, maxTokens: 8, stop: [], seed: 7 },
    signal: new AbortController().signal,
  };

  /** All that a source gives, by prompt, and what it ends with if that is an error. */
  async function all(source: EndpointSource, asked: readonly Prompt[], options: Partial<SampleOptions> = {}) {
    const found: PromptRollouts[] = [];
    let error: unknown;
    try {
      for await (const each of source.sample(asked, { ...sampling, ...options })) found.push(each);
    } catch (thrown) {
      error = thrown;
    } finally {
      await source.dispose();
    }
    found.sort((one, other) => one.prompt - other.prompt);
    return { found, error, texts: found.map(({ rollouts }) => rollouts.map(({ text }) => text)) };
  }

  const wanted = (count: number, samples = 4) =>
    Array.from({ length: count }, (_, prompt) =>
      Array.from({ length: samples }, (__, i) => answerBy(seedOf(7, prompt, i)).text),
    );

  for (const kind of ['text', 'messages'] as const) {
    it(`samples ${kind === 'text' ? 'completions' : 'chat completions'} with all that a server tells`, async () => {
      const source = await open();
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
      const { prompt: _, messages: __, seed: ___, ...rest } = server!.asked[0]!;
      const probabilities = kind === 'text' ? { logprobs: 0 } : { logprobs: true, top_logprobs: 0 };
      assert.deepEqual(rest, {
        ...{ model: 'made/model', n: 4, temperature: 1, top_p: 1, max_tokens: 8, stream: false },
        ...{ ...probabilities, top_k: -1, min_p: 0, repetition_penalty: 1 },
      });
      assert.deepEqual(notes, [`Prompts are sent to ${server!.origin} without an API key; model "made/model".`]);
    });
  }

  it('gives no log-probabilities that are not of temperature 1, and says which answers the limit cut', async () => {
    const { found } = await all(await open(), prompts(1), { temperature: 0.6, maxTokens: 2, stop: ['\n\n'] });
    assert.deepEqual(
      found[0]!.rollouts.map(({ tokens, stopped, logProbabilities }) => [tokens, stopped, logProbabilities]),
      new Array(4).fill([2, false, null]),
    );
    assert.deepEqual(server!.asked[0]!.stop, ['\n\n']);
  });

  it('asks for the same answers however they are cut into requests', async () => {
    const { texts, error } = await all(await open({}, { answersPerRequest: 3 }), prompts(2), { samples: 8 });
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(2, 8));
    assert.deepEqual(server!.asked.map(({ n }) => n).sort(), [2, 2, 3, 3, 3, 3]);
  });

  it('finds out how many answers the server gives to a request', async () => {
    const { texts, error } = await all(await open({ mostAnswers: 3 }), prompts(3), { samples: 8 });
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(3, 8));
  });

  it('asks for one greedy answer at a time, and one of SGLang’s', async () => {
    const greedy = await all(await open(), prompts(1), { temperature: 0 });
    assert.deepEqual(greedy.texts, wanted(1));
    await server!.stop();
    server = undefined;
    const { texts } = await all(await open({ owner: 'sglang' }), prompts(1));
    assert.deepEqual(texts, wanted(1));
    assert.ok(server!.asked.every(({ n }) => n === 1));
  });

  it('asks for the rest where a server gives fewer answers, and takes no more than it asked for', async () => {
    const fewer = await all(await open({ choices: (choices) => choices.slice(0, 1) }), prompts(2));
    assert.equal(fewer.error, undefined);
    assert.deepEqual(fewer.texts, wanted(2));
    assert.match(notes.join('\n'), /gave 1 answer where 4 were asked for; it is asked for the rest, 1 at a time/);
    await server!.stop();
    server = undefined;
    const more = await all(await open({ choices: (choices) => [...choices, ...choices] }), prompts(1));
    assert.equal(more.texts[0]!.length, 4);
    assert.match(notes.join('\n'), /gives more answers than it is asked for/);
  });

  it('does without fields and log-probabilities that a server does not take', async () => {
    const source = await open({
      fault: (response, _, { top_k: topK, logprobs }) => {
        if (topK !== undefined) return sendError(response, 400, 'Unrecognized request argument supplied: top_k');
        return logprobs === undefined ? false : sendError(response, 400, 'logprobs is not supported.');
      },
    });
    const { texts, found, error } = await all(source, prompts(4));
    assert.equal(error, undefined);
    assert.deepEqual(texts, wanted(4));
    assert.equal(found[0]!.rollouts[0]!.tokens, null);
    assert.match(notes.join('\n'), /does not take top_k, min_p, repetition_penalty[\s\S]*gives no log-probabilities/);
    assert.equal(notes.length, 3);
  });

  const passing: readonly (readonly [string, (response: ServerResponse) => unknown])[] = [
    ['status 500', (response) => sendError(response, 500, 'EngineDeadError')],
    [
      'a proxy’s page with status 502',
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html><title>Bad Gateway</title>'),
    ],
    ['a reset connection', (response) => response.destroy()],
    [
      'a reply that breaks off',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"choices": [{"ind', () => response.destroy());
      },
    ],
    [
      'JSON that is cut off',
      (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{"index": 0, "te'),
    ],
    ['no choices', (response) => sendJson(response, 200, { choices: [] })],
    [
      'choices that the server broke off',
      (response) =>
        sendJson(response, 200, { choices: [{ index: 0, finish_reason: 'abort', message: { content: 'x' } }] }),
    ],
    [
      'a stream that nobody asked for',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {}\n\n'),
    ],
    ['status 429', (response) => sendJson(response, 429, { message: 'slow down' }, { 'retry-after': '7' })],
  ];
  for (const [what, send] of passing) {
    it(`tries again after ${what}`, async () => {
      const source = await open({
        fault: (response, number) => {
          if (number % 2 === 1 || number > 6) return false;
          send(response);
          return true;
        },
      });
      const { texts, error } = await all(source, prompts(4));
      assert.equal(error, undefined);
      assert.deepEqual(texts, wanted(4));
      assert.ok(waits.length >= 4);
      if (what === 'status 429') assert.ok(waits.filter((ms) => ms === 7000).length >= 4, waits.join());
    });
  }

  const lasting: readonly (readonly [
    string,
    RegExp,
    (response: ServerResponse) => unknown,
    Partial<EndpointOptions>?,
  ])[] = [
    [
      'fails',
      /fails \(status 500: EngineDeadError\), 6 times in a row\. Check the server/,
      (response) => sendError(response, 500, 'EngineDeadError'),
    ],
    [
      'is behind a broken proxy',
      /fails \(status 502: a web page, "Bad Gateway"\), 6 times/,
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html><title>Bad Gateway</title>'),
    ],
    ['resets connections', /does not answer: the connection broke off .*6 times/, (response) => response.destroy()],
    [
      'hangs',
      /does not answer: no whole reply came within 0\.1 seconds \(--request-timeout\), 2 times/,
      () => undefined,
      { timeoutSeconds: 0.1 },
    ],
    [
      'trickles',
      /no whole reply came within 0\.1 seconds/,
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
      },
      { timeoutSeconds: 0.1 },
    ],
    [
      'sends without end',
      /the reply goes on beyond \d+ MB/,
      (response) => {
        const part = Buffer.alloc(2 ** 20, ' ');
        const more = () => void (response.destroyed || response.write(part, more));
        more();
      },
    ],
    [
      'cuts its JSON off',
      /gives a reply that cannot be used: it is no JSON, or JSON that is cut off, 6 times/,
      (response) => sendJson(response, 200, '').valueOf(),
    ],
    [
      'sends a web page',
      /answers with a web page, "Log in", and not as the API does/,
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Log in</title>'),
    ],
    [
      'streams',
      /its content type is "text\/event-stream", not JSON/,
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {}\n\n'),
    ],
    [
      'nests',
      /cannot be used/,
      (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(`{"choices":${'['.repeat(200_000)}`),
    ],
    [
      'answers with other types',
      /it does not have the API's answers \(choices\.0\.message\)/,
      (response) => sendJson(response, 200, { choices: [{ message: 7 }] }),
    ],
    [
      'refuses',
      /refuses the prompt in line 3 \(status 400: temperature is odd\)/,
      (response) => sendError(response, 400, 'temperature is odd'),
    ],
    [
      'redirects elsewhere',
      /redirects to "http:\/\/198\.51\.100\.1"\. Nothing was sent there/,
      (response) => response.writeHead(307, { location: 'http://198.51.100.1/v1/chat/completions' }).end(),
    ],
    [
      'redirects in a circle',
      /redirects more than 3 times/,
      (response) => response.writeHead(307, { location: '/v1/chat/completions' }).end(),
    ],
    [
      'wants to be left alone for long',
      /is asked too often \(status 429: .*in 60 minutes only/,
      (response) => sendJson(response, 429, { message: 'slow down' }, { 'retry-after': '3600' }),
    ],
  ];
  for (const [what, message, send, chosen] of lasting) {
    it(`ends in a sentence when a server ${what}, and gives what it got`, async () => {
      const source = await open(
        {
          fault: (response, _, { messages }) => {
            if (messages![0]!.content !== 'prompt 2') return false;
            if (what === 'cuts its JSON off')
              response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{"ind');
            else send(response);
            return true;
          },
        },
        { concurrency: 1, ...chosen },
      );
      const { texts, error } = await all(source, prompts(4));
      assert.ok(error instanceof Error);
      assert.match(error.message, message);
      assert.match(error.message, / 2 of 4 prompts have all their answers, and these are kept\.$/);
      assert.match(error.name, /^(InputError|RunError)$/);
      assert.ok(error.message.length < 1000);
      assert.deepEqual(texts, wanted(2));
    });
  }

  it('does not wait for a further try once another request has failed for good', async () => {
    let waiting = 0;
    const slow = {
      ...patience,
      wait: (_: number, signal: AbortSignal) =>
        new Promise<void>((__, reject) => {
          waiting++;
          signal.addEventListener('abort', () => reject(new Error('woken')));
        }),
    };
    server = await LocalServer.start({
      gather: 2,
      fault: (response, __, { messages }) =>
        messages![0]!.content === 'prompt 0'
          ? sendError(response, 503, 'loading')
          : setTimeout(() => sendError(response, 400, 'odd'), waiting > 0 ? 0 : 50) !== undefined,
    });
    const options = {
      endpoint: server.origin,
      model: 'made/model',
      concurrency: 2,
      answersPerRequest: 16,
      timeoutSeconds: 60,
    };
    const { signal } = new AbortController();
    const source = await EndpointSource.open(options, () => undefined, signal, slow, {});
    const { error } = await all(source, prompts(2));
    assert.match(String(error), /refuses the prompt in line 2 \(status 400: odd\)\. 0 of 2 prompts/);
  });

  it('warns of nothing however many requests are under way', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    try {
      const { texts } = await all(await open({ gather: 24 }, { concurrency: 24 }), prompts(24));
      assert.deepEqual(texts, wanted(24));
      // Warnings are emitted in a later turn.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    assert.deepEqual(warnings, []);
  });

  it('ends at once when it is stopped, with what was got', async () => {
    const stopping = new AbortController();
    const source = await open({ fault: (_, number) => number >= 2 }, { concurrency: 1 });
    const found: number[] = [];
    const run = async () => {
      for await (const { prompt } of source.sample(prompts(5), { ...sampling, signal: stopping.signal })) {
        found.push(prompt);
        if (prompt === 1) stopping.abort();
      }
    };
    await assert.rejects(run(), { name: 'Interrupted', message: 'Stopped after 2 of 5 prompts.' });
    await source.dispose();
    assert.deepEqual(found, [0, 1]);
  });

  it('keeps as many requests under way as it may, and no more', async () => {
    const { texts } = await all(await open({ gather: 3 }), prompts(9));
    assert.deepEqual(texts, wanted(9));
    assert.equal(server!.mostBusy, 3);
    await server!.stop();
    server = undefined;
    await all(await open({ gather: 3 }, { answersPerRequest: 1 }), prompts(1), { samples: 9 });
    assert.equal(server!.mostBusy, 3);
  });

  it('names all prompts that do not fit, once the others have their answers, and answers as long as the context', async () => {
    const long = (index: number): Prompt => ({
      index,
      line: index + 1,
      answer: null,
      input: { kind: 'text', text: 'x'.repeat(context) },
    });
    const asked = [long(0), ...prompts(2).map((each) => ({ ...each, index: each.index + 1 })), long(3)];
    const { found, error } = await all(await open(), asked);
    assert.deepEqual(
      found.map(({ prompt }) => prompt),
      [1, 2],
    );
    assert.match(
      String(error),
      /InputError: 2 prompts \(line 1, 4\) do not fit into the context of .* It says: This model's .* 2 of 4 prompts have all their answers/,
    );
    const { error: refused } = await all(await open(), prompts(1), { maxTokens: context });
    assert.match(String(refused), /InputError: .*a context of 64 tokens: answers of up to 64 tokens leave no room/);
  });

  it('shows which models there are, and goes without the list where there is none', async () => {
    await assert.rejects(open({}, { model: 'other' }), {
      name: 'InputError',
      message: /^http:\/\/127\.0\.0\.1:\d+ serves no model "other"; it serves "made\/model"\.$/,
    });
    await server!.stop();
    server = undefined;
    const source = await open(
      { models: (response) => void sendJson(response, 404, { detail: 'Not Found' }) },
      { model: 'other' },
    );
    assert.match(notes.at(-1)!, /does not say which models it serves; "other" is taken as it is/);
    const { error } = await all(source, prompts(1));
    assert.match(
      String(error),
      /InputError: .*chat\/completions is not there \(status 404: The model `other` does not exist/,
    );
  });

  it('says that nobody listens', async () => {
    server = await LocalServer.start();
    const { origin } = server;
    await server.stop();
    server = undefined;
    const { signal } = new AbortController();
    const options = { endpoint: origin, model: 'm', concurrency: 1, answersPerRequest: 1, timeoutSeconds: 5 };
    await assert.rejects(
      EndpointSource.open(options, () => undefined, signal, patience, {}),
      {
        name: 'RunError',
        message: `${origin} cannot be reached: the connection is refused, 2 times in a row. Check the server and its log.`,
      },
    );
  });

  it('sends the key of the environment, and repeats it nowhere', async () => {
    const key = 'sk-made-secret';
    const source = await open({ key }, { keyVariable: 'MADE_KEY' }, { MADE_KEY: key, OPENAI_API_KEY: 'other' });
    const { texts } = await all(source, prompts(1));
    assert.deepEqual(texts, wanted(1));
    assert.match(notes[0]!, /with the API key in "MADE_KEY"/);
    const said = [...notes, JSON.stringify(source.identity), source.described];
    const repeating = `sk-${'long'.repeat(90)}`;
    for (const environment of [{ OPENAI_API_KEY: 'sk-wrong' }, { OPENAI_API_KEY: repeating }, {}]) {
      await assert.rejects(open({}, {}, environment), (error: Error) => {
        assert.equal(error.name, 'InputError');
        assert.match(
          error.message,
          /(refuses the API key in "OPENAI_API_KEY"|asks for an API key) \(status 401: Unauthorized/,
        );
        said.push(error.message);
        return true;
      });
    }
    assert.ok(
      said.every((each) => !each.includes('sk-')),
      said.join('\n'),
    );
    await assert.rejects(open({}, { keyVariable: 'sk-made-secret' }), {
      message: /variable that was named is not set/,
    });
    await assert.rejects(open({}, { keyVariable: 'MADE_KEY' }, { MADE_KEY: 'a\nb' }), { message: /holds no API key/ });
  });

  it('sends nothing to another host that it is redirected to, the key least of all', async () => {
    const other = await LocalServer.start();
    try {
      await assert.rejects(
        open(
          { models: (response) => void response.writeHead(308, { location: `${other.origin}/v1/models` }).end() },
          {},
          { OPENAI_API_KEY: 'k' },
        ),
        { name: 'InputError', message: /redirects to .*Nothing was sent there/ },
      );
      assert.equal(other.asked.length, 0);
    } finally {
      await other.stop();
    }
  });
});
