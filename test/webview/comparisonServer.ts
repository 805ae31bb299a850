import { ComparedFiles } from '../../src/comparison/comparedFiles.ts';
import { tensorSpectrum } from '../../src/comparison/spectrum/tensorSpectrum.ts';
import {
  type ComparisonPageMessage,
  type ComparisonRequest,
  type ComparisonSnapshot,
  comparisonPageMessageSchema,
  type NextTokenDistributions,
  type ResetMarks,
} from '../../src/protocol/comparison.ts';
import { readComparison } from '../../src/record/comparison/comparisonFile.ts';
import { comparisonHtml } from '../../src/views/comparison/comparisonHtml.ts';
import {
  measuredRows,
  measuredSample,
  sampleIds,
  summaryRecord,
  tensorMaps,
} from '../../src/views/comparison/comparisonParts.ts';
import { RecordDocument } from '../../src/views/page/recordDocument.ts';
import { WebviewServer } from './webviewServer.ts';

export interface ComparisonServerOptions {
  readonly resetSets?: readonly ResetMarks[];
  /** Instead of the engine, which the page cannot tell apart. */
  readonly distribution?: (sample: number, row: number, gold: number) => Promise<NextTokenDistributions>;
}

/** Serves the comparison's page with the record and the checkpoints' files behind it. */
export class ComparisonServer {
  readonly document: RecordDocument<Awaited<ReturnType<typeof readComparison>>>;
  /** What the page said, other than questions that are answered. */
  readonly heard: ComparisonPageMessage[] = [];
  readonly #options: ComparisonServerOptions;
  #files: ComparedFiles | undefined;
  #server: WebviewServer | undefined;

  private constructor(record: string, options: ComparisonServerOptions) {
    this.document = new RecordDocument(record, readComparison);
    this.#options = options;
  }

  static async start(record: string, options: ComparisonServerOptions = {}): Promise<ComparisonServer> {
    const server = new ComparisonServer(record, options);
    await server.document.load();
    server.#server = await WebviewServer.start({
      name: 'comparison',
      html: comparisonHtml,
      answer: (message) => server.#answer(message),
    });
    return server;
  }

  get origin(): string {
    return this.#server!.origin;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  get files(): ComparedFiles {
    this.#files ??= new ComparedFiles(this.document.opened.record, () => true);
    return this.#files;
  }

  async #snapshot(): Promise<ComparisonSnapshot> {
    const { open, revision, refusal } = this.document;
    if (open === undefined) return { type: 'refused', revision, message: refusal };
    const summary = {
      path: open.path,
      record: summaryRecord(open.record),
      files: await this.files.states(),
      resetSets: this.#options.resetSets ?? [],
    };
    return { type: 'comparison', revision, summary };
  }

  async #answer(value: unknown): Promise<unknown> {
    const message = comparisonPageMessageSchema.parse(value);
    if (message.type !== 'request') {
      this.heard.push(message);
      return undefined;
    }
    const { id, request } = message;
    try {
      if (request.name === 'export') this.heard.push(message);
      return { type: 'reply', id, ok: await this.#part(request) };
    } catch (error) {
      return { type: 'reply', id, err: error instanceof Error ? error.message : String(error) };
    }
  }

  async #part(request: ComparisonRequest): Promise<unknown> {
    switch (request.name) {
      case 'snapshot':
        return this.#snapshot();
      case 'tensor':
        return tensorMaps(this.document.opened, request.pair, request.tensor);
      case 'window':
        return this.files.window(request.pair, request.tensor, request);
      case 'spectrum': {
        const stop = new AbortController();
        return tensorSpectrum(this.document.opened.record, this.files, request, stop.signal);
      }
      case 'rows':
        return measuredRows(this.document.opened);
      case 'sample':
        return measuredSample(this.document.opened, request.index);
      case 'distribution': {
        const ids = await sampleIds(this.document.opened, request.sample);
        if (this.#options.distribution === undefined) throw new Error('No device can run the model.');
        return this.#options.distribution(request.sample, request.row, ids[request.row + 1]!);
      }
      case 'export':
        return request.file.name;
      case 'copy':
        return undefined;
    }
  }
}
