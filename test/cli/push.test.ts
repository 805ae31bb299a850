import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointFixtures } from '../paths.ts';
import { LocalHub, token } from '../unit/run/push/localHub.ts';
import { assertDocumented } from './documented.ts';
import { rejuvenate } from './rejuvenate.ts';

const sft = join(checkpointFixtures, 'tiny-qwen3-tied/sft');

describe('rejuvenate push', () => {
  it('says what it would send, sends nothing without the word, and then uploads', async () => {
    const hub = await LocalHub.start();
    const before = { ...process.env };
    Object.assign(process.env, hub.environment);
    try {
      const args = ['push', sft, '--repo', 'me/tiny', '--private'];
      const dry = await rejuvenate([...args, '--dry-run']);
      assert.equal(dry.exitCode, 0, dry.stderr);
      assert.match(dry.stderr, /^To http:\/\/127\.0\.0\.1:\d+\/me\/tiny \(will be made, private\)$/m);
      assert.match(dry.stderr, /^Nothing was sent\.$/m);
      const unasked = await rejuvenate(args);
      assert.equal(unasked.exitCode, 2, unasked.stderr);
      assert.match(unasked.stderr, /error: Nothing is sent without consent: add --yes\.\n$/);
      assert.equal(hub.count(/^(POST|PUT)/), 0);
      const done = await rejuvenate([...args, '--yes', '--json']);
      assert.equal(done.exitCode, 0, done.stderr);
      const pushed = JSON.parse(done.stdout);
      assertDocumented('push', pushed);
      const { url, sent, commit } = pushed as Record<string, unknown>;
      assert.deepEqual([url, sent, commit], [`${hub.address}/me/tiny`, 4, 'c1']);
      const { 'model.safetensors': weights } = hub.content('me/tiny');
      assert.deepEqual(weights, readFileSync(join(sft, 'model.safetensors')));
      assert.ok([dry, unasked, done].every(({ stdout, stderr }) => !`${stdout}${stderr}`.includes(token)));
    } finally {
      for (const name of Object.keys(hub.environment)) delete process.env[name];
      Object.assign(process.env, before);
      await hub.stop();
    }
  });
});
