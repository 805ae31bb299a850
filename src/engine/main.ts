import { isDeepStrictEqual } from 'node:util';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type RequestParam,
  type RequestType,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { vocabularyCompletion } from '../checkpoint/vocabulary/completion.ts';
import { type CompletedCheckpoint, completedCheckpoint } from '../checkpoint/vocabulary/vocabularyRows.ts';
import { InputError, Interrupted, RunError } from '../errors.ts';
import type { HeldWeights } from '../graph/layers/products/weightMatrix.ts';
import {
  attributedRequest,
  attributeRequest,
  type Completion,
  dealRequest,
  type EngineOutcome,
  engineErrors,
  measuredRequest,
  measureRequest,
  notedNotification,
  plannedNotification,
  progressNotification,
  sampledRequest,
  sampleRequest,
  startRequest,
} from '../protocol/engine.ts';
import { probe, widensStored } from './device/probe.ts';
import { productsFor } from './device/products.ts';
import { ranksLikeHost } from './device/rankingProbe.ts';
import { runtimeVersion, type SessionSettings } from './device/runtime.ts';
import { waysToHold } from './plan/heldWeights.ts';
import { ModelSessions } from './sessions/modelSessions.ts';
import { attributeSamples } from './work/attribute.ts';
import { measureSamples } from './work/measure.ts';
import { samplePrompts } from './work/sampling/samplePrompts.ts';
import type { Work } from './work/work.ts';

/*
 * The engine process. It owns every ONNX Runtime session: run() holds the JavaScript thread until it is done, and
 * killing a process in the middle of one is clean where killing a worker thread takes Node down with it.
 */

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
let settings: Omit<SessionSettings, 'held'> & { readonly memoryBytes: number };
/** How matrices may be held, the way to prefer first. */
let ways: readonly HeldWeights[];
/** What the sessions are of; one checkpoint has sessions at a time. */
let held: { readonly sessions: ModelSessions; readonly completion: Completion | undefined } | undefined;

/** Whether the sessions are of the folder's files as they are now: an engine may be kept while a checkpoint is replaced. */
async function isCurrent({ checkpoint }: ModelSessions, folder: string): Promise<boolean> {
  if (checkpoint.folder !== folder) return false;
  return checkUnchanged(checkpoint, '').then(
    () => true,
    () => false,
  );
}

async function open(folder: string, completion: Completion | undefined): Promise<CompletedCheckpoint> {
  const checkpoint = await openCheckpoint(folder);
  if (completion === undefined) return checkpoint;
  const other = await openCheckpoint(completion.checkpoint);
  const [rows, otherRows] = [checkpoint.architecture.vocabSize, other.architecture.vocabSize];
  return completedCheckpoint(checkpoint, other, vocabularyCompletion(rows, otherRows, completion.kept));
}

/** The sessions of the checkpoint in a folder, completed or not. Those of another are released. */
async function sessionsOf(folder: string, completion?: Completion): Promise<ModelSessions> {
  const same = held !== undefined && isDeepStrictEqual(held.completion, completion);
  if (same && (await isCurrent(held!.sessions, folder))) return held!.sessions;
  const checkpoint = await open(folder, completion);
  await held?.sessions.release();
  held = { sessions: new ModelSessions(checkpoint, settings, ways), completion };
  return held.sessions;
}

/** Errors cross the process boundary as a code and a sentence. */
function responseError(error: unknown): ResponseError<void> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InputError) return new ResponseError(engineErrors.input, message);
  if (error instanceof Interrupted) return new ResponseError(engineErrors.cancelled, message);
  if (error instanceof RunError) return new ResponseError(engineErrors.run, message);
  return new ResponseError(engineErrors.run, `ONNX Runtime failed on ${settings.device}: ${message}`);
}

async function answered<Answer>(work: () => Promise<Answer>): Promise<Answer | ResponseError<void>> {
  try {
    return await work();
  } catch (error) {
    return responseError(error);
  }
}

connection.onRequest(startRequest, (params) =>
  answered(async () => {
    const { device, memoryBytes, threads, spinning, weights = 'auto', precision = 'exact', units, ranking } = params;
    const refused = (reason: string) =>
      ({ device, available: false, reason, runtimeVersion, products: 'float32' }) as const;
    ways = waysToHold(device, weights);
    if (ways.length === 0) {
      return refused('it cannot hold weights as they are stored');
    }
    const probed = await probe(device);
    if (!probed.available) return refused(probed.reason);
    const products = await productsFor(device, precision, units);
    if (typeof products === 'string') return refused(products);
    const { arithmetic, form } = products;
    const ranks = ranking === 'device' || (ranking === undefined && (await ranksLikeHost(device)));
    settings = { device, memoryBytes, threads, spinning, arithmetic, products: form, ranks };
    const stored = ways.find((held) => held !== 'float32');
    if (stored !== undefined && !(await widensStored(device, stored))) {
      ways = ways.filter((held) => held === 'float32');
      if (ways.length === 0) {
        return refused('it does not multiply with weights as they are stored: use --weights float32');
      }
    }
    return { ...probed, runtimeVersion, products: form };
  }),
);

function workOf(token: { readonly isCancellationRequested: boolean }): Work {
  return {
    cancelled: () => token.isCancellationRequested,
    report: (progress) => void connection.sendNotification(progressNotification, progress),
    planned: (planned) => void connection.sendNotification(plannedNotification, planned),
    note: (text) => void connection.sendNotification(notedNotification, text),
    deal(atMost) {
      const dealt = connection.sendRequest(dealRequest, { atMost });
      // Asked for ahead of time, it may never be awaited: when the request fails meanwhile.
      dealt.catch(() => undefined);
      return dealt;
    },
  };
}

/**
 * Sends results to the host. One at most is on its way, while the next sample is computed: of large models each has
 * tens of megabytes, and neither the pipe nor the host is to pile them up.
 */
class Outbox<Result> {
  readonly #request: RequestType<Result, null, void>;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(request: RequestType<Result, null, void>) {
    this.#request = request;
  }

  readonly send = async (result: Result): Promise<void> => {
    await this.#sent;
    // Of a type parameter the library's types cannot tell that it is never null.
    this.#sent = connection.sendRequest(this.#request, result as RequestParam<Result>);
    this.#sent.catch(() => undefined);
  };

  async flush(): Promise<void> {
    await this.#sent;
  }
}

type WorkOnSamples<Params, Result> = (
  sessions: ModelSessions,
  params: Params,
  memoryBytes: number,
  work: Work,
  onSample: (result: Result) => Promise<void>,
) => Promise<EngineOutcome>;

/** Answers a kind of request whose results go to the host one by one. */
function serve<Params extends { readonly checkpoint: string; readonly completion?: Completion | undefined }, Result>(
  request: RequestType<Params, EngineOutcome, void>,
  result: RequestType<Result, null, void>,
  workOn: WorkOnSamples<Params, Result>,
): void {
  connection.onRequest(request, (params, token) =>
    answered(async () => {
      const outbox = new Outbox(result);
      const sessions = await sessionsOf(params.checkpoint, params.completion);
      const outcome = await workOn(sessions, params, settings.memoryBytes, workOf(token), outbox.send);
      await outbox.flush();
      return outcome;
    }),
  );
}

serve(measureRequest, measuredRequest, measureSamples);
serve(attributeRequest, attributedRequest, attributeSamples);
serve(sampleRequest, sampledRequest, samplePrompts);

// What stops the host reaches every process of its group, or of its service; the host decides what it means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// The host is gone: nobody is left to answer to.
process.on('disconnect', () => process.exit(0));
connection.listen();
