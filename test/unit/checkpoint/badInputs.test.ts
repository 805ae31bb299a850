import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { badConfigs } from './badInputs/configs.ts';
import { badFolders } from './badInputs/folders.ts';
import { badHeaders } from './badInputs/headers.ts';
import { badPairs } from './badInputs/pairs.ts';
import type { BadInput } from './badInputs/row.ts';
import { badTensors } from './badInputs/tensors.ts';

function refuses(rows: readonly BadInput[]): void {
  for (const { what, read, message } of rows) {
    it(what, async () => {
      const folder = await mkdtemp(join(await realpath(tmpdir()), 'bad-input-'));
      try {
        const outcome = await read(folder).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.ok(outcome instanceof InputError, `expected an InputError, got ${String(outcome)}`);
        assert.equal(outcome.message.replaceAll(folder, 'DIR'), message);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
}

describe('bad checkpoint input is refused with a sentence', () => {
  describe('safetensors files', () => refuses(badHeaders));
  describe('config.json', () => refuses(badConfigs));
  describe('checkpoint folders', () => refuses(badFolders));
  describe('tensors', () => refuses(badTensors));
  describe('pairs', () => refuses(badPairs));
});
