import fc from 'fast-check';

/*
 * Untrusted text that is nearly right: valid documents with a few changes, most of them to their structure, some to the
 * text itself, and now and then no document at all.
 */

/** What a field may hold that nobody would write: edges of numbers, other types, text that means something elsewhere. */
const oddities: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1, 0.5, 1e-320, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e21],
  ...['', ' ', '0', 'null', '__proto__', 'constructor', 'toString', '../../etc/passwd', '/', 'C:\\', 'a\u0000b'],
  ...['\ud800', '\u202e', '\u200b', '\u001b[2J', '[a](command:b)', 'x'.repeat(3000), 'é'.repeat(1000), '\n'.repeat(50)],
  ...[[], {}, [[]], [{}], { a: 1 }, [null], Array.from({ length: 300 }, (_, i) => i)],
];

const oddity = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddities) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

const edits = ['replace', 'copy', 'remove', 'add', 'rename', 'nudge', 'repeat'] as const;

interface Edit {
  readonly kind: (typeof edits)[number];
  readonly at: number;
  readonly other: number;
  readonly value: unknown;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...edits),
  at: fc.nat(),
  other: fc.nat(),
  value: oddity,
});

type Container = Record<string, unknown> | unknown[];
type Place = readonly [parent: Container, key: string | number];

/** Every place of a document that a value stands in. */
function placesOf(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return places;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    places.push([value as Container, key]);
    placesOf((value as Record<string | number, unknown>)[key], places);
  }
  return places;
}

const get = ([parent, key]: Place): unknown => (parent as Record<string | number, unknown>)[key];

function set([parent, key]: Place, value: unknown): void {
  // As JSON.parse does, also where the key is __proto__.
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove([parent, key]: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key as string];
}

const nudges: readonly ((value: number) => number)[] = [
  (v) => v + 1,
  (v) => v - 1,
  (v) => -v,
  (v) => 2 * v,
  (v) => v / 3,
];

/** Changes a document in place. */
function apply(document: { root: unknown }, { kind, at, other, value }: Edit): void {
  const places = placesOf(document);
  const place = places[at % places.length]!;
  const second = places[other % places.length]!;
  const old = get(place);
  const copy = structuredClone(value);
  switch (kind) {
    case 'replace':
      set(place, copy);
      return;
    case 'copy':
      set(place, structuredClone(get(second)));
      return;
    case 'remove':
      if (place[0] !== document) remove(place);
      return;
    case 'add':
      if (Array.isArray(old)) old.splice(other % (old.length + 1), 0, copy);
      else if (typeof old === 'object' && old !== null) set([old as Container, String(value)], copy);
      return;
    case 'rename':
      if (Array.isArray(place[0]) || place[0] === document) return;
      remove(place);
      set([place[0], typeof value === 'string' ? value : String(second[1])], old);
      return;
    case 'nudge':
      if (typeof old === 'number') set(place, nudges[other % nudges.length]!(old));
      return;
    case 'repeat':
      if (Array.isArray(old)) old.push(...structuredClone(old).slice(0, 1000));
      else if (typeof old === 'string') set(place, old.repeat(1 + (other % 4)));
  }
}

/** A valid document with up to five changes to its structure. */
export function mutated(seeds: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.tuple(fc.nat(), fc.array(edit, { maxLength: 5 })).map(([seed, changes]) => {
    const document = { root: structuredClone(seeds[seed % seeds.length]) };
    for (const change of changes) apply(document, change);
    return document.root;
  });
}

/** Things that JSON.stringify would never write. */
const intrusions = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\u0000',
  '\ufeff',
  'NaN',
  '1e999',
  '//',
  '"a":1,"a":2,',
  '{"__proto__":1}',
];

/** Text with a piece cut out, put in or said twice. */
function scarred(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.constantFrom(...intrusions, '['.repeat(200)), fc.string({ unit: 'binary', maxLength: 5 }));
  const cut = fc.record({ from: fc.nat(), length: fc.nat({ max: 60 }), piece, twice: fc.boolean() });
  return fc.tuple(text, cut).map(([whole, { from, length, piece: put, twice }]) => {
    const at = from % (whole.length + 1);
    const taken = whole.slice(at, at + length);
    return `${whole.slice(0, at)}${twice ? taken : ''}${put}${whole.slice(twice ? at : at + length)}`;
  });
}

/** Text that is to be JSON of some kind. @param texts seeds that are not JSON themselves */
export function jsonText(seeds: readonly unknown[], texts: readonly string[] = []): fc.Arbitrary<string> {
  const valid = mutated(seeds).map((value) => JSON.stringify(value) ?? 'undefined');
  const given: fc.Arbitrary<string> = texts.length === 0 ? valid : fc.constantFrom(...texts);
  return fc.oneof(
    { weight: 12, arbitrary: valid },
    { weight: 3, arbitrary: scarred(valid) },
    { weight: 2, arbitrary: given },
    { weight: 1, arbitrary: scarred(given) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 5 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }) },
  );
}

/** Bytes with some of them another, or a piece cut off the end. */
export function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const flip = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  return fc.tuple(bytes, fc.array(flip, { maxLength: 3 }), fc.option(fc.nat())).map(([whole, flips, cut]) => {
    const copy = whole.slice(0, cut === null ? whole.length : cut % (whole.length + 1));
    for (const [at, value] of flips) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });
}
