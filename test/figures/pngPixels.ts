/* Reads and compares the pixels that are embedded in a figure. */
import { inflateSync } from 'node:zlib';

/** Pixels of a PNG file, `[height, width, 3]`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** What stands in place of a byte by the PNG's filters: the one left of it, above it, and left above. */
function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    default: {
      const estimate = left + up - corner;
      const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
      return a <= b && a <= c ? left : b <= c ? up : corner;
    }
  }
}

/**
 * Reads the PNGs that browsers write of opaque canvases: 8 bits, RGB or RGBA, not interlaced (https://www.w3.org/TR/png-3/).
 * The files differ from version to version; the pixels do not.
 *
 * @throws Error for any other file
 */
export function pngPixels(file: Buffer): Pixels {
  const parts = new Map<string, Buffer[]>();
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    parts.set(type, [...(parts.get(type) ?? []), content]);
  }
  const head = parts.get('IHDR')?.[0];
  if (head === undefined) throw new Error('no PNG file');
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const [depth, colour, , , interlaced] = head.subarray(8);
  const channels = colour === 6 ? 4 : colour === 2 ? 3 : 0;
  if (depth !== 8 || channels === 0 || interlaced !== 0) throw new Error(`a PNG of kind ${depth}, ${colour}`);
  const packed = inflateSync(Buffer.concat(parts.get('IDAT') ?? []));
  const stride = width * channels;
  const bytes = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = packed[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : bytes[y * stride + x - channels]!;
      const up = y === 0 ? 0 : bytes[(y - 1) * stride + x]!;
      const corner = x < channels || y === 0 ? 0 : bytes[(y - 1) * stride + x - channels]!;
      bytes[y * stride + x] = packed[y * (stride + 1) + 1 + x]! + predicted(filter, left, up, corner);
    }
  }
  return { width, height, rgb: channels === 3 ? bytes : bytes.filter((_, i) => i % 4 !== 3) };
}

/** Levels of 255 within which colours are alike. */
const colourTolerance = 3;

function lookedFor({ width, height, rgb }: Pixels, other: Pixels): number {
  let missing = 0;
  const alike = (a: number, b: number) =>
    [0, 1, 2].every((i) => Math.abs(rgb[3 * a + i]! - other.rgb[3 * b + i]!) <= colourTolerance);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (alike(at, at)) continue;
      const near = [-1, 0, 1].some((down) =>
        [-1, 0, 1].some((right) => {
          const [row, column] = [y + down, x + right];
          return row >= 0 && row < height && column >= 0 && column < width && alike(at, row * width + column);
        }),
      );
      if (!near) missing++;
    }
  }
  return missing;
}

/**
 * Pixels of either picture that have no like among those at their place in the other: where a cell's edge lies between
 * two pixels, either may be the cell's. Undefined when the pictures are not of one size.
 */
export function differentPixels(a: Pixels, b: Pixels): number | undefined {
  return a.width === b.width && a.height === b.height ? lookedFor(a, b) + lookedFor(b, a) : undefined;
}
