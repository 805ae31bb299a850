import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readAt } from '../../../files/reading/readAt.ts';

/*
 * The frames of a shard's file: u32 length of the payload and u32 CRC-32 of kind and payload, little endian; u8 kind; the
 * payload. What follows the last whole frame is a torn write of a process that was killed.
 */

export const frameKinds = {
  ...{ header: 1, cut: 2, measures: 3, attribution: 4, end: 5, rollouts: 6, point: 7, scores: 8 },
} as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

const headerBytes = 9;

export interface Frame {
  readonly kind: number;
  readonly payload: Uint8Array;
  /** Position after it. */
  readonly end: number;
}

function checksum(kind: number, payload: Uint8Array): number {
  return crc32(payload, crc32(Uint8Array.of(kind)));
}

/** The bytes of a frame: its head, and its payload as it is, which may be large. */
export function encodeFrame(kind: FrameKind, payload: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const head = new Uint8Array(headerBytes);
  const view = new DataView(head.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, checksum(kind, payload), true);
  view.setUint8(8, kind);
  return [head, payload];
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

interface Head {
  readonly kind: number;
  readonly length: number;
  readonly checksum: number;
  /** Position after the frame. */
  readonly end: number;
}

async function readHead(handle: FileHandle, position: number, bytes: number): Promise<Head | undefined> {
  if (position + headerBytes > bytes) return undefined;
  const head = await readAt(handle, position, headerBytes);
  if (head.length < headerBytes) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getUint32(0, true);
  const end = position + headerBytes + length;
  return end > bytes ? undefined : { kind: view.getUint8(8), length, checksum: view.getUint32(4, true), end };
}

/** How many frames of a kind follow a position, told by their heads alone: nothing is checked. */
export async function countFrames(handle: FileHandle, from: number, bytes: number, kind: FrameKind): Promise<number> {
  let count = 0;
  for (let at = from; ; ) {
    const head = await readHead(handle, at, bytes);
    if (head === undefined) return count;
    if (head.kind === kind) count++;
    at = head.end;
  }
}

/**
 * Reads one frame. Nothing is held that the file has not: a length that reaches beyond it is no frame.
 *
 * @param bytes of the file
 * @returns undefined where no whole frame begins there
 */
export async function readFrame(handle: FileHandle, position: number, bytes: number): Promise<Frame | undefined> {
  const head = await readHead(handle, position, bytes);
  if (head === undefined) return undefined;
  const { kind, length, end } = head;
  const payload = await readAt(handle, position + headerBytes, length);
  if (payload.length < length || checksum(kind, payload) !== head.checksum) return undefined;
  return { kind, payload, end };
}
