import { projectionPlaces } from '../../checkpoint/architecture/projectionPlace.ts';
import type { CompletedCheckpoint } from '../../checkpoint/vocabulary/vocabularyRows.ts';
import { scratchRoom } from '../../files/writing/scratchFile.ts';
import type { VocabRange } from '../../graph/headModel.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { LayerRange } from '../../graph/segmentModel.ts';
import type { SessionSettings } from '../device/runtime.ts';
import { type DeviceCosts, deviceCosts } from '../plan/deviceCosts.ts';
import { type WeightMemory, weightMemory } from '../plan/heldWeights.ts';
import { DecodingSession } from './decodingSession.ts';
import { HeadSession } from './headSession.ts';
import { ReadAhead } from './readAhead.ts';
import { SegmentSession } from './segmentSession.ts';
import { type WeightFiles, weightFiles } from './weightFiles.ts';
import { type ModelPart, weightSpans } from './weightSpans.ts';

/**
 * Loads a checkpoint's layers and head on the device as they are needed, as sessions of ONNX Runtime. When the whole
 * model fits (`keepAll`) they stay loaded from request to request; otherwise the one in use is released before the next
 * is loaded, so that at most one holds weights. The files of the part that comes next are read while one is in use.
 */
export class ModelSessions {
  readonly checkpoint: CompletedCheckpoint;
  /** What the matrices take, in each of the ways. */
  readonly ways: readonly WeightMemory[];
  readonly costs: DeviceCosts;
  readonly #weights: WeightFiles;
  #settings: SessionSettings;
  readonly #readAhead: ReadAhead;
  readonly #held = new Map<string, SegmentSession | HeadSession | DecodingSession>();
  /** Whether what is held was to be kept: else it would add to a whole model. */
  #keepAll = false;

  /** @param ways to hold matrices, the one to prefer first; one at least */
  constructor(
    checkpoint: CompletedCheckpoint,
    settings: Omit<SessionSettings, 'held'>,
    ways: readonly HeldWeights[],
    readAhead = new ReadAhead(),
  ) {
    this.checkpoint = checkpoint;
    this.#readAhead = readAhead;
    this.#weights = weightFiles(checkpoint);
    this.#settings = { ...settings, held: ways[0]! };
    // Those of a checkpoint are all of one dtype but for the odd exception.
    const { dtype } = this.#weights.locate(
      `${projectionPlaces(checkpoint.architecture, 0, 'q_proj')[0].module}.weight`,
    );
    const { device, products = 'float32', arithmetic, ranks = false } = settings;
    this.costs = deviceCosts(device, checkpoint.architecture, products);
    this.ways = ways.map((held) => ({ ...weightMemory(held, dtype, arithmetic?.split, this.costs), ranks }));
  }

  /** @param next what will be asked for after it, if anything */
  segment(range: LayerRange, keepAll: boolean, next?: ModelPart): Promise<SegmentSession> {
    return this.#take(`layers ${range.from}-${range.to}`, keepAll, next, () =>
      SegmentSession.load(this.checkpoint.architecture, range, this.#weights, this.#settings),
    );
  }

  /** @param next what will be asked for after it, if anything */
  head(block: VocabRange, topTokens: number, keepAll: boolean, next?: ModelPart): Promise<HeadSession> {
    return this.#take(`head ${block.from}-${block.to}, ${topTokens}`, keepAll, next, () =>
      HeadSession.load(this.checkpoint, block, topTokens, this.#weights, this.#settings),
    );
  }

  /** The whole model, to sample from. It stays until another session is asked for: the weights would be there twice. */
  decoding(): Promise<DecodingSession> {
    return this.#take('decoding', false, undefined, () =>
      DecodingSession.load(this.checkpoint, this.#weights, this.#settings),
    );
  }

  /** Sessions hold matrices in this way from now on; those that hold them otherwise are released. */
  async hold(held: HeldWeights): Promise<void> {
    if (held === this.#settings.held) return;
    await this.release();
    this.#settings = { ...this.#settings, held };
  }

  /** Whether the device was to rank and does not, or not as the host does. */
  get failedToRank(): boolean {
    return this.#settings.device === 'cuda' && this.#settings.ranks !== true;
  }

  get scratchBytes(): number {
    return scratchRoom();
  }

  async release(): Promise<void> {
    const sessions = [...this.#held.values()];
    this.#held.clear();
    for (const session of sessions) await session.release();
  }

  async #take<Kind extends SegmentSession | HeadSession | DecodingSession>(
    key: string,
    keepAll: boolean,
    next: ModelPart | undefined,
    load: () => Promise<Kind>,
  ): Promise<Kind> {
    const held = this.#held.get(key);
    // The key tells the kind.
    if (held !== undefined) return held as Kind;
    if (!keepAll || !this.#keepAll) await this.release();
    this.#keepAll = keepAll;
    const session = await load();
    this.#held.set(key, session);
    if (next !== undefined) void this.#readAhead.start(weightSpans(this.checkpoint, next));
    return session;
  }
}
