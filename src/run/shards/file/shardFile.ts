import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { InputError } from '../../../errors.ts';
import { readFault } from '../../../files/reading/fileFault.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { openInput } from '../../../files/reading/openInput.ts';
import { withInput } from '../../../files/reading/readInput.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import { type ShardKind, shardWords } from '../shardPlace.ts';
import { countFrames, encodeFrame, type FrameKind, frameKinds, readFrame } from './frames.ts';
import { parseCut, parseEnd, parseHeader, type ShardEnd, type ShardHeader } from './shardContent.ts';

/* Reads a shard's file: a header, how the work was cut, the samples in order, and an end where the shard is finished. */

/** What a file of a shard holds whole. */
export interface ScannedShard {
  readonly path: string;
  readonly header: ShardHeader;
  /** Of the plan, what decides last bits; undefined where nothing was planned yet, or was to do. */
  readonly cut: string | undefined;
  readonly samples: number;
  /** Undefined where it is cut off or damaged. */
  readonly end: ShardEnd | undefined;
}

/** Hears the samples of a file, or the scores before each, in order. */
export type OnSamplePayload = (payload: Uint8Array, header: ShardHeader) => void | Promise<void>;

/** The kind of frame that a phase's samples are. */
export function sampleKind(phase: ShardKind): FrameKind {
  if (phase === 'attribution') return frameKinds.attribution;
  if (phase === 'sweep') return frameKinds.point;
  return phase === 'sample' || phase === 'evaluation' ? frameKinds.rollouts : frameKinds.measures;
}

/**
 * Reads a shard's file frame by frame, one in memory at a time, up to the last whole one. Whoever works on the shard may
 * append to it meanwhile.
 *
 * @returns undefined where it does not begin as such a file
 * @throws InputError when it cannot be read; what the listener throws
 */
export async function scanShard(
  path: string,
  onSample?: OnSamplePayload,
  onScores?: OnSamplePayload,
): Promise<ScannedShard | undefined> {
  const { handle, identity } = await openInput(path, inputKinds.partial);
  try {
    return await scan(path, handle, identity.bytes, onSample, onScores);
  } catch (error) {
    throw readFault(error, path);
  } finally {
    await handle.close();
  }
}

async function scan(
  path: string,
  handle: FileHandle,
  bytes: number,
  onSample: OnSamplePayload = () => {},
  onScores: OnSamplePayload = () => {},
): Promise<ScannedShard | undefined> {
  const first = await readFrame(handle, 0, bytes);
  const header = first?.kind === frameKinds.header ? parseHeader(first.payload) : undefined;
  if (first === undefined || header === undefined) return undefined;
  const hash = createHash('sha256');
  const hashFrame = (kind: FrameKind, payload: Uint8Array) => {
    for (const part of encodeFrame(kind, payload)) hash.update(part);
  };
  hashFrame(frameKinds.header, first.payload);
  const kind = sampleKind(header.phase);
  let cut: string | undefined;
  let samples = 0;
  let end: ShardEnd | undefined;
  for (let at = first.end; end === undefined; ) {
    const frame = await readFrame(handle, at, bytes);
    if (frame === undefined) break;
    if (frame.kind === frameKinds.cut && samples === 0 && cut === undefined) {
      cut = parseCut(frame.payload)?.cut;
      if (cut === undefined) break;
      hashFrame(frameKinds.cut, frame.payload);
    } else if (frame.kind === kind && cut !== undefined && samples < header.to - header.from) {
      await onSample(frame.payload, header);
      hashFrame(kind, frame.payload);
      samples++;
    } else if (frame.kind === frameKinds.scores && header.scores === true && cut !== undefined) {
      await onScores(frame.payload, header);
      hashFrame(frameKinds.scores, frame.payload);
    } else if (frame.kind === frameKinds.end && frame.end === bytes) {
      const found = parseEnd(frame.payload);
      const whole = found?.samples === samples && found.sha256 === hash.digest('hex');
      if (!whole) break;
      end = found;
    } else break;
    at = frame.end;
  }
  return { path, header, cut, samples, end };
}

/**
 * The header of a file that may be appended to, and how many samples follow, unchecked.
 *
 * @returns undefined where it does not begin as such a file
 * @throws InputError when it cannot be read
 */
export async function skimShard(
  path: string,
): Promise<{ readonly header: ShardHeader; readonly samples: number } | undefined> {
  const { handle, identity } = await openInput(path, inputKinds.partial);
  try {
    const { bytes } = identity;
    const first = await readFrame(handle, 0, bytes);
    const header = first?.kind === frameKinds.header ? parseHeader(first.payload) : undefined;
    if (first === undefined || header === undefined) return undefined;
    return { header, samples: await countFrames(handle, first.end, bytes, sampleKind(header.phase)) };
  } catch (error) {
    throw readFault(error, path);
  } finally {
    await handle.close();
  }
}

/**
 * How the work of a shard was cut, read from its first frames.
 *
 * @returns undefined where nothing was planned, or it does not begin as such a file
 * @throws InputError when it cannot be read
 */
export function readCut(path: string): Promise<string | undefined> {
  return withInput(path, inputKinds.partial, async (handle, { bytes }) => {
    const first = await readFrame(handle, 0, bytes);
    const second = first && (await readFrame(handle, first.end, bytes));
    return second?.kind === frameKinds.cut ? parseCut(second.payload)?.cut : undefined;
  });
}

/** The header alone. @throws InputError when it cannot be read, or is none */
export async function readShardHeader(path: string): Promise<ShardHeader> {
  const header = await withInput(path, inputKinds.partial, async (handle, { bytes }) => {
    const first = await readFrame(handle, 0, bytes);
    return first?.kind === frameKinds.header ? parseHeader(first.payload) : undefined;
  });
  if (header === undefined) throw noPartial(path);
  return header;
}

/** A finished shard. */
export type WholeShard = ScannedShard & { readonly end: ShardEnd };

/**
 * Reads a partial, which must be whole.
 *
 * @param onScores hears the scores of each target, before the sample's own
 * @throws InputError when it cannot be read or is damaged; what the listener throws
 */
export async function readPartial(
  path: string,
  onSample?: OnSamplePayload,
  onScores?: OnSamplePayload,
): Promise<WholeShard> {
  const found = await withInput(path, inputKinds.partial, (handle, { bytes }) =>
    scan(path, handle, bytes, onSample, onScores),
  );
  if (found === undefined) throw noPartial(path);
  const { end, header } = found;
  if (end === undefined) throw damaged(path, header);
  return { ...found, end };
}

/** @throws InputError, always: what is wrong with the file and what to do */
export function damaged(path: string, header: ShardHeader): InputError {
  return new InputError(
    `${quotedPath(path)} is damaged or cut off: delete it, and make that shard again with ${shardWords(header)}.`,
  );
}

function noPartial(path: string): InputError {
  return new InputError(
    `${quotedPath(path)} is no partial of a run, or damaged: delete it, and make that shard again, if it was one.`,
  );
}
