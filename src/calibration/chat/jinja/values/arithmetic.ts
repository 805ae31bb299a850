import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { demand } from './operators.ts';
import { percentFormat } from './percentFormat.ts';
import { isList, isNumber, Tuple, typeName, type Value } from './values.ts';

/** Bits of the largest whole number that a template may compute. */
const mostBits = 4096;
const largest = 1n << BigInt(mostBits);

const whole = (value: boolean | bigint): bigint => (typeof value === 'boolean' ? (value ? 1n : 0n) : value);
const float = (value: boolean | bigint | number): number => Number(value);

function isExact(value: bigint): boolean {
  return BigInt.asIntN(54, value) === value;
}

function bounded(value: bigint): bigint {
  if (value > largest || value < -largest)
    throw new TemplateFault(`it computes a number of more than ${mostBits} bits`);
  return value;
}

function floor(value: number): number {
  const result = Math.floor(value);
  if (!Number.isFinite(result)) throw new TemplateFault('it computes a number that is not finite');
  return result;
}

function wholeNumbers(operator: string, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return bounded(a + b);
    case '-':
      return bounded(a - b);
    case '*':
      return bounded(a * b);
    case '/':
      if (b === 0n) throw new TemplateFault('it divides by zero');
      if (!isExact(a) || !isExact(b)) throw new TemplateFault('dividing numbers this large is not supported');
      return Number(a) / Number(b);
    case '//':
    case '%': {
      if (b === 0n) throw new TemplateFault('it divides by zero');
      const rest = ((a % b) + b) % b;
      return operator === '%' ? rest : (a - rest) / b;
    }
    default:
      if (b < 0n) return powers(Number(a), Number(b));
      if (b > BigInt(mostBits)) throw new TemplateFault(`it computes a number of more than ${mostBits} bits`);
      return bounded(a ** b);
  }
}

function powers(a: number, b: number): number {
  if (a === 0 && b < 0) throw new TemplateFault('it divides by zero');
  if (a < 0 && !Number.isInteger(b)) throw new TemplateFault('it takes a root of a negative number');
  const power = a ** b;
  if (!Number.isFinite(power) && Number.isFinite(a) && Number.isFinite(b)) {
    throw new TemplateFault('it computes a number that is too large');
  }
  return power;
}

function floats(operator: string, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '**':
      return powers(a, b);
  }
  if (b === 0) throw new TemplateFault('it divides by zero');
  if (operator === '/') return a / b;
  let rest = a % b;
  if (rest !== 0 && rest < 0 !== b < 0) rest += b;
  if (operator === '%') return rest === 0 ? (b < 0 ? -0 : 0) : rest;
  const quotient = floor((a - rest) / b + 0.5);
  return quotient === 0 && (a < 0 || Object.is(a, -0)) !== b < 0 ? -0 : quotient;
}

/** `a operator b` as Python computes it. @throws TemplateFault where Python has no such operation */
export function arithmetic(operator: string, a: Value, b: Value, budget: Budget): Value {
  demand(a);
  if (operator === '%' && typeof a === 'string') return percentFormat(a, b, budget);
  demand(b);
  if (isNumber(a) && isNumber(b)) {
    if (typeof a === 'number' || typeof b === 'number') return floats(operator, float(a), float(b));
    return wholeNumbers(operator, whole(a), whole(b));
  }
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      budget.text(a.length + b.length);
      return a + b;
    }
    if (isList(a) && isList(b)) {
      budget.items(a.length + b.length);
      return [...a, ...b];
    }
    if (a instanceof Tuple && b instanceof Tuple) {
      budget.items(a.items.length + b.items.length);
      return new Tuple([...a.items, ...b.items]);
    }
  }
  if (operator === '*') {
    const [sequence, times] = typeof a === 'bigint' || typeof a === 'boolean' ? [b, a] : [a, b];
    if (typeof times === 'bigint' || typeof times === 'boolean') {
      const count = Math.max(0, Number(times));
      if (Math.abs(Number(times)) >= 2 ** 63) throw new TemplateFault('it repeats something too often');
      if ((typeof sequence === 'string' || isList(sequence)) && sequence.length === 0) return sequence;
      if (typeof sequence === 'string') {
        budget.text(sequence.length * count);
        return sequence.repeat(count);
      }
      if (isList(sequence)) {
        budget.items(sequence.length * count);
        return Array.from({ length: count }, () => sequence).flat();
      }
    }
  }
  throw new TemplateFault(`${typeName(a)} ${operator} ${typeName(b)} is not possible`);
}

/** `-value` or `+value`. */
export function signed(operator: string, value: Value): Value {
  demand(value);
  if (!isNumber(value)) throw new TemplateFault(`${operator}${typeName(value)} is not possible`);
  const number = typeof value === 'boolean' ? whole(value) : value;
  return operator === '-' ? -number : number;
}
