import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { licenceFaults, nativeFaults } from '../../../scripts/licences.mjs';
import { licenceOf } from '../../../scripts/notices.mjs';

const mit = 'Permission is hereby granted, free of charge, to any person';
const rows: readonly (readonly [license: string, text: string, fault: RegExp | undefined])[] = [
  ['MIT', mit, undefined],
  ['(MIT OR GPL-3.0-only)', mit, undefined],
  ['(GPL-3.0-only OR MIT)', mit, undefined],
  ['(Apache-2.0 AND BSD-3-Clause)', 'Apache License … Redistribution and use in source and binary forms', undefined],
  [
    'GPL-3.0-only',
    'GNU GENERAL PUBLIC LICENSE',
    /a 1\.0\.0 is under GPL-3\.0-only, of which nobody has said that it goes with MIT/,
  ],
  ['MIT AND LGPL-2.1-only', mit, /is under LGPL-2\.1-only/],
  ['SEE LICENSE IN LICENSE.txt', mit, /is under SEE LICENSE IN LICENSE\.txt/],
  ['toString', mit, /is under toString/],
  ['', mit, /a 1\.0\.0 names no licence/],
  ['MIT', 'GNU GENERAL PUBLIC LICENSE', /says that it is under MIT, but the text that comes with it is another/],
];

describe('licences of what is shipped', () => {
  for (const [license, text, fault] of rows) {
    it(`${license || 'none'} with "${text.slice(0, 20)}…" ${fault === undefined ? 'goes' : 'does not go'}`, () => {
      const faults = licenceFaults({ name: 'a', version: '1.0.0', license, text });
      if (fault === undefined) assert.deepEqual(faults, []);
      else assert.match(faults.join(), fault);
    });
  }

  it('have their texts: a package without one is refused', async () => {
    assert.match((await licenceOf('zod')).text, /Permission is hereby granted/);
    assert.match((await licenceOf('@bufbuild/protobuf')).text, /Apache License/);
    const modules = mkdtempSync(join(tmpdir(), 'modules-'));
    try {
      mkdirSync(join(modules, 'bare'));
      writeFileSync(join(modules, 'bare', 'package.json'), '{ "version": "1.0.0", "license": "MIT" }');
      await assert.rejects(licenceOf('bare', modules), /bare 1\.0\.0 comes without the text of its licence \(MIT\)/);
      writeFileSync(join(modules, 'bare', 'LICENSE'), mit);
      writeFileSync(join(modules, 'bare', 'NOTICE'), 'with parts of others');
      assert.equal((await licenceOf('bare', modules)).text, `${mit}\n\nwith parts of others`);
    } finally {
      rmSync(modules, { recursive: true });
    }
  });

  it('are asked of native files of other projects too', () => {
    assert.deepEqual(nativeFaults(['onnxruntime.dll', 'onnxruntime_binding.node', 'libonnxruntime.so.1']), []);
    const folder = mkdtempSync(join(tmpdir(), 'licences-'));
    try {
      assert.match(
        nativeFaults(['DirectML.dll', 'dxil.dll'], folder).join(),
        /DirectML\.dll is not ONNX Runtime's own[\s\S]*dxil\.dll/,
      );
      writeFileSync(join(folder, 'directml.txt'), 'terms');
      assert.deepEqual(nativeFaults(['DirectML.dll'], folder), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
