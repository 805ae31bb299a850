import { availableParallelism } from 'node:os';
import { blockBytes } from '../../files/writing/spanFile.ts';
import { sharedPages } from '../../kernels/sharedPages.ts';
import { spanSlack } from './fileContent.ts';
import type { FuseLane } from './lane.ts';
import { LocalLane } from './localLane.ts';
import { type Pool, poolOf } from './pool.ts';
import type { FusedPair } from './spanFuser.ts';
import { FuseThread } from './threads/fuseThread.ts';

/* The lanes of a commit, and the memory that they share. */

/** Bytes that are fused, written and read back at a time. */
export const spanBytes = 4 << 20;

/** Room for a span, wherever in a block it begins, up to the end of the block in which it ends. */
const placeBytes = Math.ceil((spanBytes + spanSlack) / blockBytes + 2) * blockBytes;

/** Places of each lane: one is fused into, one waits for that, one is hashed. */
const placesEach = 3;
/** Further ones, on their way to the disk and back. */
const placesOut = 4;
/** Places for what is read back: two are read into, one is compared. */
const checkPlaces = 3;

/** More workers than this wait for the disk. */
const mostWorkers = 8;
/** Less than this is done before a thread has started. */
const worthThreads = 64e6;

/** Lanes, and where bytes lie for them. */
export interface Lanes {
  readonly all: readonly FuseLane[];
  readonly memory: SharedArrayBuffer;
  /** Where places begin, each at a block. */
  readonly places: Pool<number>;
  readonly checkPlaces: Pool<number>;
}

/**
 * The memory of the commit before, as long as nobody has collected it: the collector does not see how large it is, and
 * twelve commits of one process held 700 MB.
 */
let spare: WeakRef<SharedArrayBuffer> | undefined;

function takeMemory(bytes: number): SharedArrayBuffer {
  const known = spare?.deref();
  spare = undefined;
  return known !== undefined && known.byteLength >= bytes ? known : sharedPages(bytes);
}

/** Keeps memory for the next commit. Nothing may be under way in it. */
export function giveMemory(memory: SharedArrayBuffer): void {
  spare = new WeakRef(memory);
}

/** Threads to start: none where this one does it sooner. @param asked at least one, whatever there is to do */
export function threadCount(asked: number | undefined, bytes: number): number {
  if (asked !== undefined) return Math.max(1, asked);
  return bytes < worthThreads ? 0 : Math.min(mostWorkers, availableParallelism());
}

/**
 * Starts the lanes. Each takes 13 MB of shared memory, besides 29 MB for all, and what a thread takes.
 *
 * @param threads 0: one lane in this thread
 * @throws RunError when the project is not built
 */
export async function openLanes(pair: FusedPair, threads: number): Promise<Lanes> {
  const lanes = Math.max(1, threads);
  const fusing = lanes * placesEach + placesOut;
  const memory = takeMemory((fusing + checkPlaces) * placeBytes);
  const all =
    threads === 0
      ? [await LocalLane.open(pair, memory)]
      : Array.from({ length: threads }, () => new FuseThread(pair, memory));
  return {
    all,
    memory,
    places: poolOf(fusing, (index) => index * placeBytes),
    checkPlaces: poolOf(checkPlaces, (index) => (fusing + index) * placeBytes),
  };
}
