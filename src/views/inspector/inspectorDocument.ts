import type { InspectorSelection, InspectorSnapshot } from '../../protocol/inspector.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { readRunSweeps } from '../../run/sweep/runSweeps.ts';
import { RecordDocument } from '../page/recordDocument.ts';
import { answerFromRecord, type RecordRequest, recordSummary } from './inspectorRecord.ts';

/** A run record as the inspector holds it. */
export class InspectorDocument extends RecordDocument<OpenRecord> {
  #identity: { readonly of: OpenRecord; readonly sha256: string } | undefined;

  constructor(path: string) {
    super(path, readRecord);
  }

  snapshot(selection?: InspectorSelection): InspectorSnapshot {
    const { revision, open } = this;
    if (open === undefined) return { type: 'refused', revision, message: this.refusal };
    const record = recordSummary(open);
    return { type: 'record', revision, record, ...(selection && { selection }) };
  }

  /** What tells the run, other runs of this name apart. @throws Error when there is no record */
  get identity(): string {
    const open = this.opened;
    if (this.#identity?.of !== open) this.#identity = { of: open, sha256: runIdentity(open) };
    return this.#identity.sha256;
  }

  /**
   * The sweep records of the run beside its record.
   *
   * @param mayRead whether a file may be opened
   */
  sweeps(mayRead: (path: string) => boolean): ReturnType<typeof readRunSweeps> {
    return readRunSweeps(this.path, this.identity, mayRead);
  }

  /** @throws Error with a sentence for the page when there is no such part */
  answer(request: RecordRequest): ReturnType<typeof answerFromRecord> {
    return answerFromRecord(this.opened, request);
  }
}
