/*
 * A font of one glyph, so that the gallery's drawings are measured alike on every machine, whatever fonts it has: every
 * character is a box about as wide as one of DejaVu Sans Mono, in a line as high. The idea is that of Ahem, the font of the
 * browsers' own tests (https://web-platform-tests.org/writing-tests/ahem.html).
 */

export const plainFontName = 'Plain Test Font';
/** What the pages are told to use; a snapshot's viewer lacks the first and shows the second, of the same measures. */
export const plainFontFamily = `"${plainFontName}", "DejaVu Sans Mono", monospace`;

/** Font units of an em, and what of it a character is wide (6 px at 10 px, exactly) and a line reaches up and down. */
const unitsPerEm = 1000;
const width = 600;
const ascent = 928;
const descent = 236;
/** Width of a character, in ems. */
export const advance = width / unitsPerEm;
/** The box that every character shows: about what letters cover. */
const box = { left: 30, right: 570, bottom: -120, top: 730 } as const;

/** Big-endian numbers, each with its width in bits. */
function numbers(...values: readonly (readonly [bits: 8 | 16 | 32, value: number])[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.reduce((sum, [bits]) => sum + bits / 8, 0)));
  let at = 0;
  for (const [bits, value] of values) {
    if (bits === 8) bytes.setUint8(at, value & 0xff);
    else if (bits === 16) bytes.setUint16(at, value & 0xffff);
    else bytes.setUint32(at, value >>> 0);
    at += bits / 8;
  }
  return new Uint8Array(bytes.buffer);
}

const words = (...values: readonly number[]) => numbers(...values.map((value) => [16, value] as const));
const longs = (...values: readonly number[]) => numbers(...values.map((value) => [32, value] as const));

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The names that a font must have: family, style, full name and PostScript's. */
function nameTable(): Uint8Array {
  const names = new Map([
    [1, plainFontName],
    [2, 'Regular'],
    [4, plainFontName],
    [6, plainFontName.replaceAll(' ', '')],
  ]);
  const texts = [...names.values()].map((text) => words(...[...text].map((character) => character.charCodeAt(0))));
  let offset = 0;
  const records = [...names.keys()].map((id, place) => {
    const record = words(3, 1, 0x409, id, texts[place]!.length, offset);
    offset += texts[place]!.length;
    return record;
  });
  return joined(words(0, names.size, 6 + 12 * names.size), ...records, ...texts);
}

/** Every character that can be seen, on glyph 1 (format 13: many to one). */
function characterTable(): Uint8Array {
  return joined(words(0, 1, 3, 10), longs(12), words(13, 0), longs(28, 0, 1, 0x20, 0x10ffff, 1));
}

/** Glyph 0 is empty, glyph 1 the box: one contour of four corners. */
function glyphs(): { readonly outlines: Uint8Array; readonly places: Uint8Array } {
  const { left, right, bottom, top } = box;
  const outline = joined(
    words(1, left, bottom, right, top, 3, 0),
    // On the curve, coordinates as steps of 16 bits.
    Uint8Array.of(1, 1, 1, 1),
    words(left, 0, right - left, 0),
    words(bottom, top - bottom, 0, bottom - top),
  );
  return { outlines: outline, places: longs(0, 0, outline.length) };
}

function tables(): ReadonlyMap<string, Uint8Array> {
  const { outlines, places } = glyphs();
  const { left, right, bottom, top } = box;
  const os2 = joined(
    words(4, width, 400, 5, 0),
    // Sub- and superscripts, strike-out, family class; PANOSE and Unicode ranges tell nothing; no vendor.
    words(320, 300, 0, 40, 320, 300, 0, 170, 25, 250, 0),
    new Uint8Array(10 + 16 + 4),
    words(0x40, 0x20, 0xffff, ascent, -descent, 0, ascent, descent),
    longs(0, 0),
    words(540, top, 0, 0x20, 1),
  );
  return new Map([
    ['OS/2', os2],
    ['cmap', characterTable()],
    ['glyf', outlines],
    [
      'head',
      joined(
        longs(0x10000, 0x10000, 0, 0x5f0f3cf5),
        words(0b11, unitsPerEm),
        longs(0, 0, 0, 0),
        words(left, bottom, right, top, 0, 8, 2, 1, 0),
      ),
    ],
    ['hhea', joined(longs(0x10000), words(ascent, -descent, 0, width, 0, 0, right, 1, 0, 0, 0, 0, 0, 0, 0, 2))],
    ['hmtx', words(width, 0, width, left)],
    ['loca', places],
    ['maxp', joined(longs(0x10000), words(2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0))],
    ['name', nameTable()],
    ['post', longs(0x30000, 0, 0, 1, 0, 0, 0, 0)],
  ]);
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    for (let i = 0; i < 4; i++) sum = (sum + (bytes[at + i] ?? 0) * 2 ** (24 - 8 * i)) % 2 ** 32;
  }
  return sum;
}

/** The font as a TrueType file. */
export function plainFont(): Uint8Array {
  const all = [...tables()];
  const directory: Uint8Array[] = [longs(0x10000), words(all.length, 128, 3, 16 * all.length - 128)];
  const contents: Uint8Array[] = [];
  let offset = 12 + 16 * all.length;
  for (const [tag, bytes] of all) {
    const padded = joined(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
    directory.push(
      Uint8Array.from([...tag], (letter) => letter.charCodeAt(0)),
      longs(checksum(padded), offset, bytes.length),
    );
    contents.push(padded);
    offset += padded.length;
  }
  return joined(...directory, ...contents);
}
