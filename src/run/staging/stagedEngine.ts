import type { Engine, EngineCallbacks } from '../../engine/process/engine.ts';
import type { Completion } from '../../protocol/engine.ts';
import type { RunContext } from '../progress/runContext.ts';
import { StagedCheckpoints } from './stagedCheckpoints.ts';

/* An engine that reads checkpoints from local copies: requests name the originals, and are sent on with the copies' folders. */

interface NamesCheckpoint {
  readonly checkpoint: string;
  readonly completion?: Completion | undefined;
}

const never = new AbortController().signal;

async function withCopies<Params extends NamesCheckpoint>(
  params: Params,
  copies: StagedCheckpoints,
  signal: AbortSignal = never,
): Promise<Params> {
  const { completion } = params;
  const checkpoint = await copies.folderOf(params.checkpoint, signal);
  if (completion === undefined) return { ...params, checkpoint };
  const other = await copies.folderOf(completion.checkpoint, signal);
  return { ...params, checkpoint, completion: { ...completion, checkpoint: other } };
}

/** The same engine, but for where it reads. */
export function stagedEngine(engine: Engine, copies: StagedCheckpoints): Engine {
  const staged = <Params extends NamesCheckpoint, Result, Outcome>(
    ask: (params: Params, callbacks: EngineCallbacks<Result>) => Promise<Outcome>,
  ) => {
    return async (params: Params, callbacks: EngineCallbacks<Result>) =>
      ask.call(engine, await withCopies(params, copies, callbacks.signal), callbacks);
  };
  const { device, gpus, memory, refused, runtimeVersion, products } = engine;
  return {
    ...{ device, gpus, memory, refused, runtimeVersion, products },
    get processes() {
      return engine.processes;
    },
    measure: staged(engine.measure),
    attribute: staged(engine.attribute),
    sample: staged(engine.sample),
    dispose: () => engine.dispose(),
  };
}

/**
 * A run's context whose engines, and whatever else reads weights often, read local copies.
 *
 * @param place as `--stage` names it, asked for when an engine is started; undefined: there is none
 */
export function stagingContext<Context extends RunContext>(context: Context, place: () => string | undefined): Context {
  let copies: StagedCheckpoints | undefined;
  const here = () => {
    const named = place();
    if (named === undefined) return undefined;
    copies ??= new StagedCheckpoints({ place: named, onEvent: context.onEvent });
    return copies;
  };
  return {
    ...context,
    async startEngine(options) {
      const engine = await context.startEngine(options);
      const staging = here();
      return staging === undefined ? engine : stagedEngine(engine, staging);
    },
    localCopy: async (checkpoint, signal) => (await here()?.checkpoint(checkpoint, signal)) ?? checkpoint,
  };
}
