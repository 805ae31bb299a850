import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { mock } from 'node:test';
import { type EndpointOptions, EndpointSource } from '../../../../../src/run/readiness/endpoint/endpointSource.ts';
import { sendError, sendJson } from './localServer.ts';
import { all, patience, prompts, sampling, usingServer, wanted } from './usingServer.ts';

/* What passes by itself is tried again; what does not ends in a sentence, with what was got. */

/** What is to happen after a while. */
const rings = new Set<() => void>();

/** Until {@link passTime}: how long an answer takes here depends on the machine. */
function stopTime(): void {
  rings.clear();
  mock.method(globalThis, 'setTimeout', (ring: () => void) => {
    rings.add(ring);
    return ring;
  });
  mock.method(globalThis, 'clearTimeout', (ring: () => void) => rings.delete(ring));
}

/** Past the longest that a reply may take. */
function passTime(): void {
  for (const ring of rings) ring();
  rings.clear();
}

describe('a server that fails', () => {
  const made = usingServer();
  afterEach(() => mock.restoreAll());

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
      const source = await made.open({
        fault: (response, number) => {
          if (number % 2 === 1 || number > 6) return false;
          send(response);
          return true;
        },
      });
      const { texts, error } = await all(source, prompts(4));
      assert.equal(error, undefined);
      assert.deepEqual(texts, wanted(4));
      assert.ok(made.waits.length >= 4);
      if (what === 'status 429') assert.ok(made.waits.filter((ms) => ms === 7000).length >= 4, made.waits.join());
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
      /does not answer: no whole reply came within 60 seconds \(--request-timeout\), 2 times/,
      () => passTime(),
    ],
    [
      'trickles',
      /no whole reply came within 60 seconds/,
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (times: number) => response.write(' ', () => (times > 0 ? more(times - 1) : passTime()));
        more(20);
      },
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
      stopTime();
      const source = await made.open(
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
      ...patience(),
      wait: (_: number, signal: AbortSignal) =>
        new Promise<void>((__, reject) => {
          waiting++;
          signal.addEventListener('abort', () => reject(new Error('woken')));
        }),
    };
    const { origin } = await made.start({
      gather: 2,
      fault: (response, __, { messages }) =>
        messages![0]!.content === 'prompt 0'
          ? sendError(response, 503, 'loading')
          : setTimeout(() => sendError(response, 400, 'odd'), waiting > 0 ? 0 : 50) !== undefined,
    });
    const options = {
      endpoint: origin,
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

  it('ends at once when it is stopped, with what was got', async () => {
    const stopping = new AbortController();
    const source = await made.open({ fault: (_, number) => number >= 2 }, { concurrency: 1 });
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

  it('says that nobody listens', async () => {
    const { origin } = await made.start();
    await made.stop();
    const { signal } = new AbortController();
    const options = { endpoint: origin, model: 'm', concurrency: 1, answersPerRequest: 1, timeoutSeconds: 5 };
    await assert.rejects(
      EndpointSource.open(options, () => undefined, signal, patience(), {}),
      {
        name: 'RunError',
        message: `${origin} cannot be reached: the connection is refused, 2 times in a row. Check the server and its log.`,
      },
    );
  });
});
