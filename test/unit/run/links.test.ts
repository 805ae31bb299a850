import assert from 'node:assert/strict';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { writeFileWhole } from '../../../src/files/writing/stagedFile.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { commitRun } from '../../../src/run/commitRun.ts';
import { ResumeLog } from '../../../src/run/resume/resumeLog.ts';
import { stormedCommit, stormedFiles, stormedRun } from '../../storm/stormed.ts';

describe('links where something is written', () => {
  let folder: string;
  let victim: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'links-')));
    mkdirSync(at('theirs'));
    victim = at('theirs', 'victim');
    writeFileSync(victim, 'theirs');
  });
  afterEach(() => {
    assert.equal(readFileSync(victim, 'utf8'), 'theirs');
    rmSync(folder, { recursive: true });
  });

  it('under every name that was ever staged are not followed by a run or a commit', async () => {
    const { record, scores, out } = stormedFiles(folder);
    for (const path of [record, at('a.rejuvenation.safetensors'), scores]) symlinkSync(victim, `${path}.staged`);
    await stormedRun(folder, false);
    await stormedCommit(folder, false);
    await openCheckpoint(out);
    assert.equal((await readRecord(record)).record.checkpoints.length, 1);
  });

  it('to a folder in the place of unfinished work are refused, and nothing there is deleted', async () => {
    const partial = at('a.rejuvenation.partial');
    const names = ['base.log', 'sft.log', 'fingerprint.json', 'attribution.safetensors'];
    for (const name of names) writeFileSync(at('theirs', name), '{}');
    symlinkSync(at('theirs'), partial);
    const said = {
      name: 'InputError',
      message: `"${partial}" is in the place of this run's unfinished work and is no such folder: move it away.`,
    };
    await assert.rejects(stormedRun(folder, false), said);
    assert.deepEqual(readdirSync(at('theirs')).sort(), [...names, 'victim'].sort());
    // A folder that is none of a run's, whose names happen to be the same.
    rmSync(partial);
    mkdirSync(partial);
    writeFileSync(join(partial, 'base.log'), 'theirs');
    await assert.rejects(stormedRun(folder, false), said);
    assert.equal(readFileSync(join(partial, 'base.log'), 'utf8'), 'theirs');
    assert.ok(!readdirSync(folder).includes('a.rejuvenation.lock'));
  });

  for (const make of [symlinkSync, linkSync]) {
    it(`inside it (${make.name}) are not written through`, async () => {
      await stormedRun(folder, false);
      const { record } = stormedFiles(folder);
      // As a run that was stopped left it.
      const partial = at('a.rejuvenation.partial');
      mkdirSync(partial);
      writeFileSync(join(partial, 'fingerprint.json'), 'torn');
      make(victim, join(partial, 'base.log'));
      make(victim, join(partial, 'attribution.safetensors'));
      assert.throws(
        () => new ResumeLog(join(partial, 'base.log')),
        /is no file of this program but a link or the like/,
      );
      // Another fingerprint has the names taken away, whatever they lead to.
      await stormedRun(folder, true);
      await readRecord(record);
      assert.ok(!readdirSync(folder).includes('a.rejuvenation.partial'));
    });

    it(`in the place of unfinished scores (${make.name}) are refused`, async () => {
      const partial = `${stormedFiles(folder).scores}.partial`;
      make(victim, partial);
      await assert.rejects(stormedRun(folder, false), {
        name: 'InputError',
        message: `"${partial}" is no file of this program but a link or the like: move it away.`,
      });
    });
  }

  it('are not needed for a file of somebody else’s to be in the place of unfinished scores: it is refused', async () => {
    const partial = `${stormedFiles(folder).scores}.partial`;
    writeFileSync(partial, 'a download');
    await assert.rejects(
      stormedRun(folder, false),
      /is in the place of unfinished scores and holds none: move it away/,
    );
    assert.equal(readFileSync(partial, 'utf8'), 'a download');
  });

  it('to a record are followed when it is updated: the record changes, the link stays', async () => {
    await stormedRun(folder, false);
    mkdirSync(at('runs'));
    for (const name of ['a.rejuvenation.json', 'a.rejuvenation.safetensors']) renameSync(at(name), at('runs', name));
    const link = at('a.rejuvenation.json');
    symlinkSync(at('runs', 'a.rejuvenation.json'), link);
    await stormedCommit(folder, false);
    assert.equal(readlinkSync(link), at('runs', 'a.rejuvenation.json'));
    assert.equal((await readRecord(at('runs', 'a.rejuvenation.json'))).record.checkpoints.length, 1);
  });

  it('are replaced themselves by an output that may replace, and what they lead to stays', async () => {
    const { record } = stormedFiles(folder);
    symlinkSync(victim, record);
    await assert.rejects(stormedRun(folder, false), /exists already/);
    await stormedRun(folder, true);
    assert.ok(lstatSync(record).isFile());
    const figure = at('figure.svg');
    symlinkSync(victim, figure);
    await writeFileWhole(figure, Buffer.from('<svg/>'), true);
    assert.ok(lstatSync(figure).isFile());
  });

  it('with the name of a killed commit’s folder are nobody’s leftover', async () => {
    await stormedRun(folder, false);
    const context = { signal: new AbortController().signal, onEvent: () => undefined };
    let staging = '';
    const onEvent = () => {
      staging ||= readdirSync(folder).find((name) => name.includes('-staging-')) ?? '';
    };
    const { record, out } = stormedFiles(folder);
    await commitRun({ record, out, overwrite: false }, { ...context, onEvent });
    assert.notEqual(staging, '');
    // Abandoned by its name, but a link, and then a folder without anything of this program's in it.
    symlinkSync(at('theirs'), at(staging));
    await commitRun({ record, out, overwrite: true }, context);
    assert.ok(lstatSync(at(staging)).isSymbolicLink());
    rmSync(at(staging));
    mkdirSync(at(staging));
    writeFileSync(at(staging, 'thesis.txt'), 'theirs');
    await commitRun({ record, out, overwrite: true }, context);
    assert.deepEqual(readdirSync(at(staging)), ['thesis.txt']);
  });
});
