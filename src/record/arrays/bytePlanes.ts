import { type ArraySpec, arrayTypes, elements, type RecordArray } from './arrays.ts';

/*
 * Arrays as bytes that compress well: all first bytes of an array's elements, then all second ones, and so on. Of whole
 * numbers, most of which are often the same one (-1 for a neuron that was never ranked, 0 for one that no target selects),
 * first come which that is and a bit for each element that is another. Numbers are little-endian, as on every machine that
 * this runs on.
 */

/** Bytes of one array, plane after plane. */
function planesOf(array: RecordArray): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const { length, BYTES_PER_ELEMENT: size } = array;
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0, from = plane, to = plane * length; i < length; i++, from += size) planes[to + i] = bytes[from]!;
  }
  return planes;
}

/** The array of `length` elements whose planes begin at a place. */
function fromPlanesAt<Array extends RecordArray>(array: Array, bytes: Uint8Array, at: number): Array {
  const own = new Uint8Array(array.buffer);
  const { length, BYTES_PER_ELEMENT: size } = array;
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0, to = plane, from = at + plane * length; i < length; i++, to += size) own[to] = bytes[from + i]!;
  }
  return array;
}

/** Which of -1 and 0 is the more frequent, the bits of the others, and the others. */
function sparseParts(array: Int32Array): Uint8Array[] {
  let balance = 0;
  for (const value of array) balance += value === -1 ? 1 : value === 0 ? -1 : 0;
  const common = balance > 0 ? -1 : 0;
  const bits = new Uint8Array(Math.ceil(array.length / 8));
  array.forEach((value, i) => {
    if (value !== common) bits[i >> 3]! |= 1 << (i & 7);
  });
  return [planesOf(Int32Array.of(common)), bits, planesOf(array.filter((value) => value !== common))];
}

/** The bytes of arrays, in parts that follow one another. */
export function toPlanes(arrays: readonly RecordArray[]): Uint8Array[] {
  return arrays.flatMap((array) => (array instanceof Int32Array ? sparseParts(array) : [planesOf(array)]));
}

/**
 * The arrays that {@link toPlanes} was given.
 *
 * @throws RangeError when the bytes are not those of the specs
 */
export function fromPlanes(specs: readonly ArraySpec[], bytes: Uint8Array): Map<string, RecordArray> {
  const arrays = new Map<string, RecordArray>();
  let at = 0;
  const take = (length: number, name: string) => {
    const from = at;
    at += length;
    if (at > bytes.length) throw new RangeError(`The arrays end within "${name}".`);
    return from;
  };
  for (const { name, dtype, shape } of specs) {
    const length = elements(shape);
    if (dtype !== 'I32') {
      const array = new arrayTypes[dtype](length);
      arrays.set(name, fromPlanesAt(array, bytes, take(array.byteLength, name)));
      continue;
    }
    const common = fromPlanesAt(new Int32Array(1), bytes, take(4, name))[0]!;
    const bits = take(Math.ceil(length / 8), name);
    const isOther = (i: number) => (bytes[bits + (i >> 3)]! & (1 << (i & 7))) !== 0;
    let count = 0;
    for (let i = 0; i < length; i++) if (isOther(i)) count++;
    const others = fromPlanesAt(new Int32Array(count), bytes, take(4 * count, name));
    const array = new Int32Array(length).fill(common);
    for (let i = 0, next = 0; i < length; i++) if (isOther(i)) array[i] = others[next++]!;
    arrays.set(name, array);
  }
  if (at !== bytes.length) throw new RangeError(`The arrays have ${bytes.length} bytes, not ${at}.`);
  return arrays;
}
