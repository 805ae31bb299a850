import type { SchemaElement } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { Undefined, type Value } from '../../chat/jinja/values/values.ts';

/* The values of one column as Python has them. */

/** Bytes that should be text and are none; whoever reads the row is told. */
export class BrokenText {}

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const bytes = (value: Uint8Array): unknown => value;

/** A time as ISO 8601; out of the calendar's range the number itself. */
function timeText(count: bigint | null | undefined, perSecond: bigint, digits: number): unknown {
  if (count === null || count === undefined) return count;
  const number = BigInt(count);
  let seconds = number / perSecond;
  let rest = number % perSecond;
  if (rest < 0n) {
    rest += perSecond;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(number);
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(digits, '0')}`;
  return `${date.toISOString().slice(0, -5)}${fraction}`;
}

/**
 * Parsers that leave bytes as they are: most rows of a page are not wanted, and texts are decoded for those that are.
 * Times become texts.
 */
export const parsers: typeof DEFAULT_PARSERS = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (count) => timeText(count, 1000n, 3),
  timestampFromMicroseconds: (count) => timeText(count, 1_000_000n, 6),
  timestampFromNanoseconds: (count) => timeText(count, 1_000_000_000n, 9),
  dateFromDays: (days) => {
    const date = new Date(days * 86_400_000);
    return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().slice(0, 10);
  },
  stringFromBytes: bytes,
  jsonFromBytes: bytes,
  geometryFromBytes: bytes,
  geographyFromBytes: bytes,
};

/** What a leaf of the schema holds. */
export interface LeafKind {
  /** Whole numbers come as `number` where they fit. */
  readonly whole: boolean;
  /** The file says that its bytes are text. */
  readonly text: boolean;
  /** For messages. */
  readonly path: string;
}

export function leafKind(element: SchemaElement, path: string): LeafKind {
  const { type, converted_type: converted, logical_type: logical } = element;
  return {
    whole: (type === 'INT32' || type === 'INT64') && converted !== 'DECIMAL' && logical?.type !== 'DECIMAL',
    text:
      ['UTF8', 'ENUM', 'JSON'].includes(converted ?? '') || ['STRING', 'ENUM', 'JSON'].includes(logical?.type ?? ''),
    path,
  };
}

/** A row's values of one column, which are lists within lists where the schema has lists, taken out of the page's memory. */
export function takeLeaf(raw: unknown, kind: LeafKind): unknown {
  if (raw === null || raw === undefined) return null;
  if (Array.isArray(raw)) return raw.map((each) => takeLeaf(each, kind));
  if (raw instanceof Uint8Array) return textOf(raw, kind);
  if (typeof raw === 'number' && kind.whole && Number.isInteger(raw)) return BigInt(raw);
  return raw as Value;
}

function textOf(raw: Uint8Array, { text, path }: LeafKind): Value | BrokenText {
  try {
    const decoded = textDecoder.decode(raw);
    // Neither do NUL bytes mean a text: pictures often begin as one.
    if (text || !decoded.includes('\0')) return decoded;
  } catch {
    if (text) return new BrokenText();
  }
  return new Undefined(`the column "${path}" holds bytes, not text`);
}
