import type { InspectorSelection, InspectorSnapshot } from '../protocol/inspector.ts';
import { type OpenRecord, readRecord } from '../run/recordFile.ts';
import { answerFromRecord, type RecordRequest, recordSummary } from './inspectorRecord.ts';

/** A record as the inspector holds it: read, or refused with a reason. Knows neither VS Code nor the page. */
export class InspectorDocument {
  readonly path: string;
  #open: OpenRecord | undefined;
  #refusal = 'The record has not been read yet.';
  #revision = 0;
  #reading = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** The record, when it could be read. */
  get open(): OpenRecord | undefined {
    return this.#open;
  }

  /**
   * Reads both files again; a record that cannot be read becomes a refusal, never an exception.
   *
   * @returns false when a later call overtook this one, which then decides
   */
  async load(): Promise<boolean> {
    const turn = ++this.#reading;
    let open: OpenRecord | undefined;
    let refusal = '';
    try {
      open = await readRecord(this.path);
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
    }
    if (turn !== this.#reading) return false;
    this.#open = open;
    this.#refusal = refusal;
    this.#revision++;
    return true;
  }

  snapshot(selection?: InspectorSelection): InspectorSnapshot {
    const revision = this.#revision;
    if (this.#open === undefined) return { type: 'refused', revision, message: this.#refusal };
    const record = recordSummary(this.#open);
    return { type: 'record', revision, record, ...(selection && { selection }) };
  }

  /** @throws Error with a sentence for the page when there is no such part */
  answer(request: RecordRequest): ReturnType<typeof answerFromRecord> {
    if (this.#open === undefined) throw new Error(this.#refusal);
    return answerFromRecord(this.#open, request);
  }
}
