import { answerFromRecord, type RecordRequest, recordSummary } from '../../protocol/answers/inspectorRecord.ts';
import type { InspectorSelection, InspectorSnapshot } from '../../protocol/inspector.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { RecordDocument } from '../page/recordDocument.ts';

/** A run record as the inspector holds it. */
export class InspectorDocument extends RecordDocument<OpenRecord> {
  constructor(path: string) {
    super(path, readRecord);
  }

  snapshot(selection?: InspectorSelection): InspectorSnapshot {
    const { revision, open } = this;
    if (open === undefined) return { type: 'refused', revision, message: this.refusal };
    const record = recordSummary(open);
    return { type: 'record', revision, record, ...(selection && { selection }) };
  }

  /** @throws Error with a sentence for the page when there is no such part */
  answer(request: RecordRequest): ReturnType<typeof answerFromRecord> {
    return answerFromRecord(this.opened, request);
  }
}
