import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as format from '../../../../webview/page/format.ts';
import { root } from '../../../paths.ts';

describe('numbers on pages', () => {
  it('have a minus sign, not a hyphen, whichever way they are written', () => {
    const { count, decimal, exponential, percent, score, signed, significant, threeDigits } = format;
    assert.deepEqual(
      [decimal(-1.25), signed(-1.25), score(-1.25), threeDigits(-1.25), significant(-1.25, 3), percent(-0.0125)],
      ['−1.250', '−1.250', '−1.25', '−1.25', '−1.25', '−1.25 %'],
    );
    assert.deepEqual([count(-12345), score(-0.00012), exponential(-0.00012, 1)], ['−12,345', '−1.2e-4', '−1.2e-4']);
    // Every formatter of numbers that may lie below 0, those to come included.
    for (const [name, write] of Object.entries(format)) {
      if (typeof write !== 'function' || ['shortPercent', 'bytes', 'seconds'].includes(name)) continue;
      assert.doesNotMatch((write as (value: number, digits: number) => string)(-3.25, 2), /^-/, name);
    }
  });

  it('have no minus before a zero', () => {
    assert.deepEqual(
      [format.decimal(-0.0001), format.signed(-0.0001), format.percent(-0.000001)],
      ['0.000', '+0.000', '0.00 %'],
    );
  });

  it('are written in one file: elsewhere only paths and sizes of drawings are', () => {
    const folder = join(root, 'webview');
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('format.ts'))
      .flatMap((file) =>
        readFileSync(join(folder, file), 'utf8')
          .split('\n')
          .filter((line) => /\.to(Fixed|Precision|Exponential)\(/.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    // Coordinates, to a tenth of a pixel; a text's length; a height in millimetres; a rho that the slider rounds.
    const drawing =
      /\b[xy]\(.*\.toFixed\(1\)|\bat\.toFixed\(1\)|\b[xy]\.toFixed\(1\)|}mm`\)|'textLength', length\.toFixed\(2\)|return Number\(rho\.toPrecision\(3\)\)/;
    assert.deepEqual(
      found.filter((line) => !drawing.test(line)),
      [],
    );
    assert.ok(found.length > 4);
  });
});
