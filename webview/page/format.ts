/*
 * Numbers as the page shows them: no other file writes a number for people. What is below 0 has a minus sign (U+2212), as
 * d3's axes have; exponents are as in `1e-5`.
 */

const grouped = new Intl.NumberFormat('en-US');

/** A number's text with a minus sign, and none before a zero. */
function withMinus(text: string): string {
  return text.replace(/^-(0(?:\.0+)?)$/, '$1').replace(/^-/, '−');
}

/** 1,703,936 */
export function count(value: number): string {
  return withMinus(grouped.format(value));
}

/** As many significant digits as said, no more than needed. */
export function significant(value: number, digits: number): string {
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A ratio as a percentage: two decimals, more where there would be nothing to see. */
export function percent(ratio: number): string {
  return `${percentNumber(ratio)} %`;
}

/** A rho as it was chosen: three significant digits, no more than needed. */
export function rhoText(rho: number): string {
  return `${significant(100 * rho, 3)} %`;
}

export function percentNumber(ratio: number): string {
  return decimal(100 * ratio, ratio > 0 && ratio < 0.001 ? 3 : 2);
}

/** For a heatmap's cell: three characters or four. */
export function shortPercent(ratio: number): string {
  const value = 100 * ratio;
  if (value === 0) return '0';
  if (value < 0.05) return '<0.1';
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/** Nats and probabilities. */
export function decimal(value: number, digits = 3): string {
  return withMinus(value.toFixed(digits));
}

/** A score of any magnitude: three significant digits. */
export function score(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  return size >= 0.001 && size < 10000 ? threeDigits(value) : exponential(value, 1);
}

/** 1.5e-5 */
export function exponential(value: number, digits: number): string {
  return withMinus(value.toExponential(digits));
}

/** Three significant digits, zeros at the end included. */
export function threeDigits(value: number): string {
  return withMinus(value.toPrecision(3));
}

/** With its sign, `+` before a zero. */
export function signed(value: number, digits = 3): string {
  const text = decimal(value, digits);
  return text.startsWith('−') ? text : `+${text}`;
}

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(value < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(value / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(value % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function bytes(value: number): string {
  let unit = 0;
  let amount = value;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toPrecision(3)} ${units[unit]}`;
}
