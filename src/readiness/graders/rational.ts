/**
 * Numbers of answers as exact fractions: `12`, `1,000`, `-0.5`, `3/4`, `\frac{3}{4}`, `1 1/2`, `2.5e3`, `3\times10^5`.
 */

/** In lowest terms, the denominator above 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longest number, signs: a model in a loop writes digits for ever, and their arithmetic grows with the square. */
const longest = 400;

/** Largest power of ten. */
const largestPower = 400;

function gcd(one: bigint, other: bigint): bigint {
  let [a, b] = [one < 0n ? -one : one, other];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** In lowest terms; undefined for a division by zero. */
export function rational(numerator: bigint, denominator: bigint): Rational | undefined {
  if (denominator === 0n) return undefined;
  const sign = denominator < 0n ? -1n : 1n;
  const shared = gcd(numerator, denominator * sign);
  return { numerator: (sign * numerator) / shared, denominator: (sign * denominator) / shared };
}

const digits = String.raw`(?:\d{1,3}(?:,\d{3})+|\d+)`;
const decimal = String.raw`(?:${digits}(?:\.\d*)?|\.\d+)`;

const patterns = {
  decimal: new RegExp(`^(${decimal})$`),
  scientific: new RegExp(String.raw`^(${decimal})[eE]([+-]?\d+)$`),
  power: new RegExp(String.raw`^(?:(${decimal})(?:\\times|\\cdot|×|\*|·))?10\^(?:\{([+-]?\d+)\}|([+-]?\d+))$`),
  slash: new RegExp(`^([+-]?${decimal})/([+-]?${decimal})$`),
  fraction: new RegExp(String.raw`^\\frac\{([+-]?${decimal})\}\{([+-]?${decimal})\}$`),
  mixed: /^(\d+)(?:\s+(\d+)\/(\d+)|\s*\\frac\{(\d+)\}\{(\d+)\})$/,
} as const;

/** The numerator over a power of ten. @param text matches {@link decimal}, or that with a sign */
function decimalValue(text: string): Rational | undefined {
  const [whole = '', part = ''] = text.replaceAll(',', '').split('.');
  return rational(BigInt(`${whole.replace('+', '').replace(/^-?$/, '$&0')}${part}`), 10n ** BigInt(part.length));
}

function quotient(one: string, other: string): Rational | undefined {
  const [a, b] = [decimalValue(one), decimalValue(other)];
  if (a === undefined || b === undefined) return undefined;
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** @param power decimal digits with a sign */
function scaled(text: string, power: string): Rational | undefined {
  const exponent = Number(power);
  const value = decimalValue(text);
  if (value === undefined || Math.abs(exponent) > largestPower) return undefined;
  const ten = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0
    ? rational(value.numerator, value.denominator * ten)
    : rational(value.numerator * ten, value.denominator);
}

function unsigned(text: string): Rational | undefined {
  let match = patterns.decimal.exec(text);
  if (match !== null) return decimalValue(match[1]!);
  match = patterns.scientific.exec(text);
  if (match !== null) return scaled(match[1]!, match[2]!);
  match = patterns.power.exec(text);
  if (match !== null) return scaled(match[1] ?? '1', match[2] ?? match[3]!);
  match = patterns.slash.exec(text) ?? patterns.fraction.exec(text);
  if (match !== null) return quotient(match[1]!, match[2]!);
  match = patterns.mixed.exec(text);
  if (match === null) return undefined;
  const denominator = BigInt(match[3] ?? match[5]!);
  return rational(BigInt(match[1]!) * denominator + BigInt(match[2] ?? match[4]!), denominator);
}

/**
 * The number that a text is, exactly.
 *
 * @param text LaTeX or plain, normalised: no spaces but in `1 1/2`, every `\frac` with braces
 * @returns undefined when it is no number, a division by zero, or longer than any answer
 */
export function parseRational(text: string): Rational | undefined {
  if (text.length > longest) return undefined;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const value = unsigned(text.slice(sign.length));
  if (value === undefined || sign !== '-') return value;
  return { numerator: -value.numerator, denominator: value.denominator };
}

export function sameRational(one: Rational, other: Rational): boolean {
  return one.numerator === other.numerator && one.denominator === other.denominator;
}

/** `7`, `-3/4`: equal numbers share it. */
export function rationalText({ numerator, denominator }: Rational): string {
  return denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`;
}
