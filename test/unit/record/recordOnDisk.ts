import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensorsHeader } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { InputError } from '../../../src/errors.ts';
import type { ArraySpec, RecordArray } from '../../../src/record/arrays/arrays.ts';
import { recordArraySpecs } from '../../../src/record/run/recordArrays.ts';
import { readRecord, writeRecord } from '../../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { tinyRecord } from './tinyRecord.ts';

/** Changes arrays before they are written; answers other specs where the file's header is to be another. */
export type ArraysEdit = (arrays: Map<string, RecordArray>, specs: ArraySpec[]) => ArraySpec[] | undefined;

/** The tiny record in a folder of its own, to be tampered with. */
export class RecordOnDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'record-'));
  readonly path = join(this.folder, 'a.rejuvenation.json');
  readonly arraysPath = join(this.folder, 'a.rejuvenation.safetensors');

  async write(record = tinyRecord()): Promise<void> {
    const { draft, layout, arrays } = record;
    await writeRecord(this.path, draft, layout, arrays);
  }

  editJson(edit: (json: RunRecord) => void): void {
    const json = JSON.parse(readFileSync(this.path, 'utf8')) as RunRecord;
    edit(json);
    writeFileSync(this.path, JSON.stringify(json));
  }

  /** Writes other arrays, and a JSON half that names their hash. */
  editArrays(edit: ArraysEdit, { draft, layout, arrays } = tinyRecord()): void {
    const specs = recordArraySpecs(draft, layout);
    const kept = edit(arrays, specs) ?? specs;
    const bytes = Buffer.concat([
      encodeSafetensorsHeader(kept).bytes,
      ...kept.map(({ name }) => {
        const { buffer, byteOffset, byteLength } = arrays.get(name)!;
        return new Uint8Array(buffer, byteOffset, byteLength);
      }),
    ]);
    writeFileSync(this.arraysPath, bytes);
    this.editJson((json) => {
      json.arrays.sha256 = this.arraysHash();
    });
  }

  /** SHA-256 of the arrays file as it is. */
  arraysHash(): string {
    return createHash('sha256').update(readFileSync(this.arraysPath)).digest('hex');
  }

  /** What is said of the record, which must be refused. */
  async refusal(): Promise<string> {
    const error: unknown = await readRecord(this.path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InputError, `expected an InputError, got ${String(error)}`);
    return error.message.replaceAll(this.folder, '<folder>');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
