import assert from 'node:assert/strict';
import { LocalServer } from './localServer.ts';
import { all, prompts, usingServer, wanted } from './usingServer.ts';

/* Who hears the API key: the server that was named, and nobody else. */

describe('an API key', () => {
  const made = usingServer();

  it('sends the key of the environment, and repeats it nowhere', async () => {
    const key = 'sk-made-secret';
    const source = await made.open({ key }, { keyVariable: 'MADE_KEY' }, { MADE_KEY: key, OPENAI_API_KEY: 'other' });
    const { texts } = await all(source, prompts(1));
    assert.deepEqual(texts, wanted(1));
    assert.match(made.notes[0]!, /with the API key in "MADE_KEY"/);
    const said = [...made.notes, JSON.stringify(source.identity), source.described];
    const repeating = `sk-${'long'.repeat(90)}`;
    for (const environment of [{ OPENAI_API_KEY: 'sk-wrong' }, { OPENAI_API_KEY: repeating }, {}]) {
      await assert.rejects(made.open({}, {}, environment), (error: Error) => {
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
    await assert.rejects(made.open({}, { keyVariable: 'sk-made-secret' }), {
      message: /variable that was named is not set/,
    });
    await assert.rejects(made.open({}, { keyVariable: 'MADE_KEY' }, { MADE_KEY: 'a\nb' }), {
      message: /holds no API key/,
    });
  });

  it('sends nothing to another host that it is redirected to, the key least of all', async () => {
    const other = await LocalServer.start();
    try {
      await assert.rejects(
        made.open(
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
