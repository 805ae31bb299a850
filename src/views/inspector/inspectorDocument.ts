import { answerFromRecord, type RecordRequest, recordSummary } from '../../protocol/answers/inspectorRecord.ts';
import { targetDetail } from '../../protocol/answers/keptParts.ts';
import type {
  InspectorRequest,
  InspectorResults,
  InspectorSelection,
  InspectorSnapshot,
} from '../../protocol/inspector.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { readRunSweeps } from '../../run/sweep/runSweeps.ts';
import { RecordDocument } from '../page/recordDocument.ts';
import { type ExplanationContext, Explanations, recordAlone } from './explanations.ts';
import { neuronDetail } from './neuronParts.ts';

/** Requests about single neurons and single tokens. */
export type ExplanationRequest = Extract<
  InspectorRequest,
  { name: 'neuron' | 'neuronDrift' | 'neuronTokens' | 'target' | 'explain' }
>;

/** A run record as the inspector holds it. */
export class InspectorDocument extends RecordDocument<OpenRecord> {
  #identity: { readonly of: OpenRecord; readonly sha256: string } | undefined;
  readonly #context: ExplanationContext;
  #explanations: { readonly revision: number; readonly of: Explanations } | undefined;

  /** @param context the record alone is read, unless said */
  constructor(path: string, context: ExplanationContext = recordAlone) {
    super(path, readRecord);
    this.#context = context;
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

  /**
   * What is known of a neuron or a token, with the checkpoints' files, the score file or the engine where it takes them.
   *
   * @throws InputError, RunError or Interrupted with a sentence for the page
   */
  async explain(request: ExplanationRequest): Promise<InspectorResults[ExplanationRequest['name']]> {
    if (request.name === 'neuron') return neuronDetail(this.opened, request.neuron, this.#context.mayRead);
    if (request.name === 'target') return targetDetail(this.opened, request.sample, request.row);
    if (this.#explanations?.revision !== this.revision) {
      this.stop();
      this.#explanations = { revision: this.revision, of: new Explanations(this.opened, this.#context) };
    }
    const { of } = this.#explanations;
    switch (request.name) {
      case 'neuronDrift':
        return of.drift(request.neuron);
      case 'neuronTokens':
        return of.tokens(request.neuron);
      case 'explain':
        return of.explain(request.sample, request.row);
    }
  }

  /** Stops what is under way for a page that is gone. */
  stop(): void {
    this.#explanations?.of.dispose();
    this.#explanations = undefined;
  }
}
