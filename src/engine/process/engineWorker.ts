import { CancellationTokenSource, type RequestParam, type RequestType, ResponseError } from 'vscode-jsonrpc/node';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import {
  dealRequest,
  type EngineOutcome,
  type EngineProgress,
  engineErrors,
  notedNotification,
  type PlannedWork,
  plannedNotification,
  progressNotification,
} from '../../protocol/engine.ts';
import { EngineDeath, type EngineProcess } from './engineProcess.ts';

/* Has one engine process work on a request, and passes on what it says meanwhile. */

/** A kind of request: what starts it, and what each of its results arrives as. */
export interface WorkKind<Params, Result> {
  /** What users know its samples as. */
  readonly item: 'sample' | 'prompt';
  readonly request: RequestType<Params, EngineOutcome, void>;
  readonly result: RequestType<Result, null, void>;
}

/** What one process asks and tells while it works. */
export interface WorkCallbacks<Result> {
  deal(atMost: number): Promise<readonly number[]>;
  /** Settles once there is room for the next result. */
  onResult(result: Result): Promise<void>;
  onProgress(progress: EngineProgress): void;
  onPlan(planned: PlannedWork): void;
  onNote(text: string): void;
  readonly signal: AbortSignal;
}

/**
 * Has one engine process work on a request until no sample is left.
 *
 * @throws EngineDeath when the process dies; Interrupted on abort; InputError or RunError of the engine's
 */
export async function workOn<Params, Result>(
  process: EngineProcess,
  kind: WorkKind<Params, Result>,
  params: Params,
  { deal, onResult, onProgress, onPlan, onNote, signal }: WorkCallbacks<Result>,
): Promise<EngineOutcome> {
  if (signal.aborted) throw new Interrupted('Stopped.');
  const { connection } = process;
  const cancellation = new CancellationTokenSource();
  const listeners: { dispose(): void }[] = [];
  const answer = process.answerOrDeath(() => {
    listeners.push(
      connection.onRequest(dealRequest, ({ atMost }) => deal(atMost)),
      connection.onRequest(kind.result, (result) => onResult(result).then(() => null)),
      connection.onNotification(progressNotification, onProgress),
      connection.onNotification(plannedNotification, onPlan),
      connection.onNotification(notedNotification, onNote),
    );
    // Of a type parameter the library's types cannot tell that it is never null.
    return connection.sendRequest(kind.request, params as RequestParam<Params>, cancellation.token);
  });
  const abort = () => {
    cancellation.cancel();
    void process.killUnless(answer);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await answer;
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Stopped.');
    throw hostError(error);
  } finally {
    signal.removeEventListener('abort', abort);
    for (const listener of listeners) listener.dispose();
    cancellation.dispose();
  }
}

function hostError(error: unknown): unknown {
  if (error instanceof EngineDeath || !(error instanceof ResponseError)) return error;
  if (error.code === engineErrors.input) return new InputError(error.message);
  if (error.code === engineErrors.cancelled) return new Interrupted(error.message);
  return new RunError(error.message);
}
