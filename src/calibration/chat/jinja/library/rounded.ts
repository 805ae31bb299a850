import { TemplateFault } from '../fault.ts';
import type { Value } from '../values/values.ts';

/** Jinja's filter `round`: ties go to the even digit, as in Python. @param precision digits after the point */
export function rounded(value: boolean | bigint | number, precision: number, method: Value): Value {
  if (precision < 0 || precision > 15) throw new TemplateFault('"round" takes 0 to 15 digits here');
  if (method === 'ceil' || method === 'floor') {
    const scale = 10 ** precision;
    return Math[method](Number(value) * scale) / scale;
  }
  if (method !== 'common') throw new TemplateFault('"round" is by "common", "ceil" or "floor"');
  if (typeof value !== 'number') return BigInt(value);
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return value;
  const up = value.toFixed(precision);
  // JavaScript rounds exact halves away from zero; the digits beyond tell whether this is one.
  const exact = Math.abs(value).toFixed(100);
  const beyond = exact.slice(exact.indexOf('.') + 1 + precision);
  if (!/^50*$/.test(beyond)) return Number(up);
  const down = exact.slice(0, exact.length - beyond.length).replace(/\.$/, '');
  const even = Number(down.at(-1)) % 2 === 0 ? down : up.replace('-', '');
  return Math.sign(value) * Number(even);
}
