import assert from 'node:assert/strict';
import { csv } from '../../../../webview/figures/csv.ts';
import { entriesCsv } from '../../../../webview/inspector/tokens/entriesCsv.ts';

describe('CSV', () => {
  it('quotes what has to be quoted', () => {
    assert.equal(
      csv(
        ['a', 'b'],
        [
          ['x,y', 'say "no"'],
          ['two\nlines', 'plain'],
        ],
      ),
      'a,b\r\n"x,y","say ""no"""\r\n"two\nlines",plain\r\n',
    );
  });

  it('leaves numbers exact, and what is not there empty', () => {
    assert.equal(
      csv(['n'], [[0.1 + 0.2], [-1e-30], [undefined], [Number.NaN], [true]]),
      'n\r\n0.30000000000000004\r\n-1e-30\r\n\r\n\r\ntrue\r\n',
    );
  });

  it('makes no formulas of texts', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) {
      const line = csv(['t'], [[text]]).split('\r\n')[1]!;
      assert.match(line, /^"?'/, text);
    }
  });

  it('writes tokens as JSON, exact and inert', () => {
    const tokens = [
      { id: 3, ids: [3], text: '=cmd|"x"', count: 2, meanGap: 0.5 },
      { id: 4, ids: [4], text: '\u202e\n', count: 1, meanGap: 0.25 },
    ];
    assert.equal(
      entriesCsv(tokens),
      'id,token_json,times_a_target,mean_entropy_gap_nats\r\n' +
        '3,"""=cmd|\\""x\\""""",2,0.5\r\n' +
        '4,"""\\u202e\\n""",1,0.25\r\n',
    );
  });
});
