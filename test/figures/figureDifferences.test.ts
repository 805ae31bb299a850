import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import { figureDifferences } from './figureDifferences.ts';
import { plainSvg } from './plainSvg.ts';

/** A PNG of one colour with one other pixel, packed as tightly as asked for. */
function picture(level: number, otherAt = 5, alpha = false): string {
  const [width, height] = [8, 8];
  const channels = alpha ? 4 : 3;
  const rows = Buffer.alloc(height * (width * channels + 1));
  for (let i = 0; i < width * height; i++) {
    const at = Math.floor(i / width) * (width * channels + 1) + 1 + (i % width) * channels;
    rows.fill(i === otherAt ? 255 : level, at, at + 3);
    if (alpha) rows[at + 3] = 255;
  }
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, alpha ? 6 : 2, 0, 0, 0]);
  const parts = [
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: alpha ? 1 : 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return `data:image/png;base64,${Buffer.concat(parts).toString('base64')}`;
}

function figure({
  x = '10.5',
  fill = 'rgb(1, 2, 3)',
  opacity = '0.35',
  text = 'a &lt;b&gt;',
  pixels = picture(40),
} = {}) {
  return plainSvg(
    `<?xml version="1.0" encoding="UTF-8"?>\n<svg width="20" fill="rgb(0, 0, 0)" xmlns="http://www.w3.org/2000/svg">` +
      `<rect x="${x}" fill="${fill}" fill-opacity="${opacity}"/><image href="${pixels}"/>` +
      `<g fill="rgb(0, 0, 0)" display="inline"><text x="1" opacity="1">${text}</text></g></svg>\n`,
  );
}

describe('differences between figures', () => {
  const kept = figure();

  it('are found in colours, places, texts, opacities, parts and pixels', () => {
    const cases: readonly [string, RegExp][] = [
      [figure({ fill: 'rgb(1, 2, 4)' }), /rect 1: fill “rgb\(1, 2, 3\)” became “rgb\(1, 2, 4\)”/],
      [figure({ x: '10.7' }), /rect 1: x “10.5” became “10.7”/],
      [figure({ opacity: '0.4' }), /fill-opacity “0.35” became “0.4”/],
      [figure({ text: 'a &lt;c&gt;' }), /text “a <b>” became “a <c>”/],
      [figure({ text: '' }), /1 parts became 0/],
      [figure({ pixels: picture(50) }), /picture: 1\d\d pixels/],
      [figure({ pixels: picture(40, 63) }), /picture: 2 pixels/],
      [kept.replace('<g>', '<a>').replace('</g>', '</a>'), /<g> became <a>/],
      [kept.replace('<rect', '<rect stroke="red"'), /stroke “none” became “red”/],
    ];
    for (const [drawn, expected] of cases) {
      const found = figureDifferences(kept, drawn);
      assert.equal(found.length, 1, `${expected}`);
      assert.match(found[0]!, expected);
    }
  });

  it('are not what no eye sees: a last digit, another packing of the same pixels, an edge a pixel off', () => {
    for (const drawn of [
      figure({ x: '10.500000000000002' }),
      figure({ x: '10.59' }),
      figure({ opacity: '0.354' }),
      figure({ pixels: picture(41, 5, true) }),
      figure({ pixels: picture(40, 6) }),
    ]) {
      assert.deepEqual(figureDifferences(kept, drawn), []);
    }
  });

  it('are looked for in a form that leaves out what shapes have from their parents', () => {
    assert.equal(
      plainSvg(
        '<svg fill="rgb(9, 9, 9)" opacity="1"><g fill="rgb(9, 9, 9)" stroke="none" transform="translate(1.23456,-0.001)">' +
          '<text fill="rgb(0, 0, 0)" display="block" xml:space="preserve"> a&amp;b </text><path d="M1e-7,2.005" display="none"/></g></svg>',
      ),
      '<svg fill="rgb(9, 9, 9)">\n <g transform="translate(1.23,0)">\n' +
        '  <text fill="rgb(0, 0, 0)" xml:space="preserve"> a&amp;b </text>\n  <path d="M1e-7,2" display="none"/>\n </g>\n</svg>\n',
    );
  });
});
