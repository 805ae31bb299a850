import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import { environmentHubFetch } from '../../../../src/run/push/hubFetch.ts';
import { checkReplacing, push } from '../../../../src/run/push/push.ts';
import { type PushOptions, planPush } from '../../../../src/run/push/pushPlan.ts';
import { pushLines } from '../../../../src/run/push/pushText.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { type HubOptions, LocalHub, token } from './localHub.ts';

const sft = join(checkpointFixtures, 'tiny-qwen3-untied-sharded/sft');

describe('push', () => {
  let above: string;
  let folder: string;
  let hub: LocalHub | undefined;
  let stop: AbortController;
  let said: string[];
  let progress: [number, number][];
  beforeEach(() => {
    above = realpathSync(mkdtempSync(join(tmpdir(), 'push-')));
    folder = join(above, 'mine');
    cpSync(sft, folder, { recursive: true });
    stop = new AbortController();
    said = [];
    progress = [];
  });
  afterEach(async () => {
    rmSync(above, { recursive: true });
    await hub?.stop();
    hub = undefined;
  });
  const start = async (options: HubOptions = {}) => {
    hub = await LocalHub.start(options);
    return hub;
  };
  const context = async (environment?: NodeJS.ProcessEnv) => ({
    ...{ signal: stop.signal, fetch: await environmentHubFetch(), second: 1 },
    environment: environment ?? hub!.environment,
    onEvent: (event: { readonly type: string }) => {
      if ('text' in event) said.push(String(event.text));
      if (
        event.type === 'progress' &&
        'phase' in event &&
        event.phase === 'upload' &&
        'done' in event &&
        'total' in event
      ) {
        progress.push([Number(event.done), Number(event.total)]);
      }
    },
  });
  const plan = async (own: Partial<PushOptions> = {}, environment?: NodeJS.ProcessEnv) =>
    planPush({ folder, repository: 'me/mine', isPrivate: true, ...own }, await context(environment));
  const pushed = async (own: Partial<PushOptions> = {}) => push(await plan(own), await context());
  const local = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const fails = async (work: Promise<unknown>, kind: new (message: string) => Error, message: RegExp) =>
    assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof kind, String(error));
      assert.match(error.message, message);
      assert.ok(!error.message.includes(token), error.message);
      return true;
    });

  it('makes the repository and uploads every file as it is; a second time there is nothing to send', async () => {
    const { content, repositories, leaked, asked } = await start({ page: 3 }).then((made) => ({
      ...{
        content: () => made.content('me/mine'),
        repositories: made.repositories,
        leaked: made.leaked,
        asked: made.asked,
      },
    }));
    const planned = await plan();
    assert.ok(
      asked.every((what) => what.startsWith('GET ')),
      'planning sends nothing',
    );
    assert.deepEqual([planned.user, planned.exists, planned.isPrivate], ['somebody', false, true]);
    const done = await push(planned, await context());
    assert.deepEqual(content(), local());
    assert.equal(repositories.get('me/mine')!.isPrivate, true);
    assert.deepEqual([done.sent, done.same, done.commit], [8, 0, 'c1']);
    assert.deepEqual(leaked, []);
    const total = planned.files.reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(
      progress.every(([sent, of], i) => of === total && sent <= total && (i === 0 || sent >= progress[i - 1]![0])),
    );
    const puts = hub!.count(/^PUT/);
    const again = await pushed();
    assert.deepEqual([again.sent, again.same, again.commit], [0, 8, undefined]);
    assert.equal(hub!.count(/^PUT/), puts);
    assert.equal(hub!.count(/commit/), 1);
  });

  it('uploads large files in parts, each of the bytes that are its own, by Node’s own fetch as well', async () => {
    await start({ partBytes: 7001 });
    await push(await plan(), { ...(await context()), fetch });
    assert.deepEqual(hub!.content('me/mine'), local());
    assert.ok(hub!.count(/^PUT/) > 8);
    assert.deepEqual(hub!.leaked, []);
  });

  it('says when it waits, and why', async () => {
    let asked = 0;
    await start({
      fault: (what, response, request) => {
        if (what !== 'GET /api/whoami-v2' || ++asked > 3) return false;
        if (asked === 2) response.writeHead(503).end('{}');
        else request.destroy();
        return true;
      },
    });
    await plan();
    const { host } = new URL(hub!.environment['HF_ENDPOINT']!);
    assert.equal(said[0], `${host} answers with status 503. Trying again in 2 s.`);
    assert.match(said[1]!, new RegExp(`^Cannot reach ${host}: .*[^.]\\. Trying again in 8 s\\.$`));
  });

  it('asks again where connections are cut and servers are not well', async () => {
    const faults = new Map([
      ['GET /api/whoami-v2', 503],
      ['POST /api/models/me/mine/preupload/main', 500],
      ['POST /me/mine.git/info/lfs/objects/batch', 0],
      ['GET /api/models/me/mine/tree/main', 429],
    ]);
    let cut = 0;
    await start({
      fault: (what, response, request) => {
        const status = faults.get(what);
        faults.delete(what);
        if (status !== undefined && status > 0) response.writeHead(status, { 'retry-after': '0' }).end('{}');
        if (status === 0) request.destroy();
        if (status !== undefined) return true;
        // Every second file breaks off in the midst, once.
        if (!what.startsWith('PUT') || ++cut % 2 === 0 || cut > 6) return false;
        request.once('data', () => request.destroy());
        return true;
      },
    });
    await pushed();
    assert.equal(faults.size, 0);
    assert.deepEqual(hub!.content('me/mine'), local());
    assert.equal(progress.at(-1)![0], progress.at(-1)![1]);
  });

  it('says what the storage says, and nothing of its addresses that lets others write there', async () => {
    const refuse: HubOptions['fault'] = (what, response) => {
      if (!what.startsWith('PUT')) return false;
      response.writeHead(403, { 'content-type': 'text/plain' }).end('<Error>expired</Error>');
      return true;
    };
    await start({ fault: refuse, signature: '?X-Signature=secret' });
    const error = await pushed().catch((reason: unknown) => reason);
    assert.ok(error instanceof RunError, String(error));
    assert.match(error.message, /^The storage of 127\.0\.0\.1:\d+ refuses with status 403: .*model-0000\d-of-00004/);
    assert.ok(![error.message, ...said].join().includes('secret'), [error.message, ...said].join('\n'));
    // Three times in all: an address may have been too old.
    assert.equal(hub!.count(/objects\/batch/), 3);
    assert.equal(hub!.count(/commit/), 0);
  });

  it('does not read an answer without end', async () => {
    await start({
      fault: (what, response) => {
        if (what !== 'GET /api/whoami-v2') return false;
        const more = () => {
          while (response.write(Buffer.alloc(1 << 20, ' '))) if (response.destroyed) return;
        };
        response
          .writeHead(200)
          .on('drain', more)
          .on('error', () => {});
        more();
        return true;
      },
    });
    await fails(plan(), RunError, /answers with more than 32 MB, as no Hub does/);
  });

  it('looks whether a commit was made whose answer was lost, and makes it once', async () => {
    let lost = 0;
    await start({
      lost: (response) => {
        lost++;
        response.destroy();
        return true;
      },
    });
    const done = await pushed();
    assert.deepEqual([lost, done.commit, hub!.repositories.get('me/mine')!.commits], [1, undefined, ['c0', 'c1']]);
    assert.deepEqual(hub!.content('me/mine'), local());
  });

  it('goes on where it was stopped: what is up is not sent again', async () => {
    let puts = 0;
    await start({
      fault: (what) => {
        if (!what.startsWith('PUT') || ++puts !== 4) return false;
        // As soon as the other three are up.
        const look = () => (hub!.large.size === 3 ? stop.abort() : void setImmediate(look));
        look();
        return true;
      },
    });
    await fails(
      pushed(),
      Interrupted,
      /^Interrupted\. Nothing was committed; large files that are up are not sent again/,
    );
    assert.equal(hub!.content('me/mine')['config.json'], undefined);
    stop = new AbortController();
    await pushed();
    assert.equal(hub!.count(/^PUT/), 5);
    assert.deepEqual(hub!.content('me/mine'), local());
  });

  it('does not say that nothing was committed when it was stopped after that', async () => {
    const unsure = /^Interrupted while the commit was made or compared: the same command looks what is there/;
    await start({
      lost: (response) => {
        stop.abort();
        response.destroy();
        return true;
      },
    });
    await fails(pushed(), Interrupted, unsure);
    assert.deepEqual(hub!.content('me/mine'), local());
    await hub!.stop();
    stop = new AbortController();
    let trees = 0;
    await start({
      fault: (what) => {
        // The first look at the files comes after the commit.
        if (!/^GET .*\/tree\//.test(what) || hub!.repositories.get('me/mine')!.commits.length < 2) return false;
        trees++;
        stop.abort();
        return true;
      },
    });
    await fails(pushed(), Interrupted, unsure);
    assert.equal(trees, 1);
  });

  it('finds that the Hub has other content', async () => {
    await start({ store: (bytes) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte))) });
    await fails(
      pushed(),
      RunError,
      /"me\/mine" has other content than the folder in "model-00001-of-00004\.safetensors", .*do not use/,
    );
  });

  it('replaces nothing unasked, and says what it would replace and what stays', async () => {
    await start();
    hub!.add('me/mine', {
      'README.md': 'theirs',
      'config.json': readFileSync(join(folder, 'config.json')),
      'extra.txt': 'x',
    });
    writeFileSync(join(folder, 'README.md'), '---\nlicense: mit\nbase_model: [a/b]\ntags:\n- merge\n---\n# <b>x</b>\n');
    mkdirSync(join(folder, 'images'));
    writeFileSync(join(folder, 'images/a.svg'), '<svg/>');
    writeFileSync(join(folder, 'rejuvenation.json'), JSON.stringify({ base: join(homedir(), 'base') }));
    for (const name of ['optimizer.pt', '.env', 'trainer_state.json']) writeFileSync(join(folder, name), 'x');
    await fails(plan(), InputError, /"me\/mine" is there and public: leave --private out/);
    const planned = await plan({ isPrivate: false });
    const text = pushLines(planned, (each) => each).join('\n');
    for (const line of [
      /^To http:.*\/me\/mine \(there, PUBLIC: anybody can see and download it\)$/m,
      /^As somebody, with the token from "HF_TOKEN"$/m,
      /^Sends 10 files, /m,
      /^REPLACES what is there: README\.md$/m,
      /^Is there already, with the same hashes: 1 file$/m,
      /^Stays in the repository: extra\.txt$/m,
      /^Is not uploaded .*: \.env, optimizer\.pt, trainer_state\.json$/m,
      /^The Hub will show README\.md with license: mit; base_model: a\/b; tags: merge$/m,
      /^Names folders of this machine: rejuvenation\.json - for all to see$/m,
    ]) {
      assert.match(text, line);
    }
    assert.ok(!text.includes(token));
    assert.throws(
      () => checkReplacing(planned, false),
      /has 1 file with other content \("README\.md"\): .*--overwrite/,
    );
    checkReplacing(planned, true);
    await push(planned, await context());
    const { 'README.md': card, 'images/a.svg': image, 'extra.txt': extra, '.env': hidden } = hub!.content('me/mine');
    assert.deepEqual(
      [String(card).slice(0, 3), String(image), String(extra), hidden],
      ['---', '<svg/>', 'x', undefined],
    );
    // Somebody commits between the look and the word.
    const late = { ...planned, parent: 'c0' };
    hub!.options.fault = (what, response) => {
      if (!what.includes('/commit/')) return false;
      response.writeHead(412, { 'content-type': 'application/json' }).end('{"error": "a commit has happened since"}');
      return true;
    };
    await fails(push(late, await context()), RunError, /was changed by somebody else meanwhile: run the command again/);
  });

  it('refuses a repository with other weights', async () => {
    await start();
    hub!.add('me/mine', { 'model.safetensors': 'theirs' });
    await fails(
      plan({ isPrivate: false }),
      InputError,
      /has other weights, "model\.safetensors", .*choose another repository/,
    );
  });

  it('names the token’s place when it is not taken or may not write, and never the token', async () => {
    await start();
    const { environment } = hub!;
    await fails(
      plan({}, { ...environment, HF_TOKEN: 'hf_other' }),
      InputError,
      /does not take the token \(from "HF_TOKEN"\)/,
    );
    await fails(plan({}, { ...environment, HF_TOKEN: 'two words' }), InputError, /"HF_TOKEN" holds no token/);
    await fails(
      pushed({ repository: 'them/mine' }),
      InputError,
      /does not let the token \(from "HF_TOKEN"\) write to "them\/mine": You don/,
    );
    const file = join(above, 'token');
    writeFileSync(file, `${token}\n`);
    const { HF_TOKEN: _, ...without } = environment;
    for (const place of [{ HF_TOKEN_PATH: file }, { HF_HOME: above }]) {
      const { access } = await plan({}, { ...without, ...place });
      assert.deepEqual(access.token, { source: JSON.stringify(file), value: token });
    }
    hub!.options.fault = (what, response) => {
      if (what !== 'GET /api/whoami-v2') return false;
      response.writeHead(307, { location: 'https://elsewhere.example/' }).end();
      return true;
    };
    await fails(plan(), RunError, /redirect to "https:\/\/elsewhere\.example\/", which is not followed/);
  });

  it('refuses addresses, names, links and folders before anything is asked', async () => {
    await start();
    const { environment } = hub!;
    const bad = (own: Partial<PushOptions>, message: RegExp, env = environment) =>
      fails(plan(own, env), InputError, message);
    await bad({}, /which is no https address/, { ...environment, HF_ENDPOINT: 'http://hub.example' });
    await bad({}, /holds a user name or password/, { ...environment, HF_ENDPOINT: 'https://a:b@hub.example' });
    for (const repository of ['mine', 'a/b/c', '../x', 'a/b@main', 'datasets/a/b'])
      await bad({ repository }, /no repository of the Hub/);
    await bad({ folder: above }, /no config\.json|no weights|does not|holds/);
    assert.deepEqual(hub!.asked, []);
    symlinkSync('/etc/hostname', join(folder, 'notes.txt'));
    await bad({}, /notes\.txt" is a link or no regular file/);
    rmSync(join(folder, 'notes.txt'));
    // A half-written checkpoint is not handed on.
    rmSync(join(folder, 'model-00002-of-00004.safetensors'));
    await bad({}, /half-written/);
  });

  it('sends no file that changed after it was looked at', async () => {
    await start();
    const planned = await plan();
    utimesSync(join(folder, 'model-00002-of-00004.safetensors'), 1, 1);
    await fails(
      push(planned, await context()),
      RunError,
      /model-00002-of-00004\.safetensors" changed while it was uploaded/,
    );
    assert.equal(hub!.count(/commit/), 0);
  });
});
