import assert from 'node:assert/strict';
import { endpointAddress } from '../../../../../src/run/readiness/endpoint/endpointAddress.ts';
import { backoffMs, retryAfterMs, usualPatience } from '../../../../../src/run/readiness/endpoint/patience.ts';

describe('the address of an endpoint', () => {
  const bases: readonly (readonly [string, string])[] = [
    ['http://localhost:8000', 'http://localhost:8000/v1'],
    ['http://localhost:8000/v1/', 'http://localhost:8000/v1'],
    ['https://lab.example/llm/v1', 'https://lab.example/llm/v1'],
    ['https://lab.example/llm', 'https://lab.example/llm/v1'],
    ['http://[::1]:30000/v1/chat/completions', 'http://[::1]:30000/v1'],
    ['http://h/v1/completions', 'http://h/v1'],
  ];
  for (const [given, base] of bases) {
    it(`takes ${given}`, () => assert.equal(endpointAddress(given).base, base));
  }

  for (const given of [
    'localhost:8000',
    'file:///etc/passwd',
    'ws://h',
    '',
    'http://',
    'http://user:sk-1@h',
    'http://h?key=sk-1',
    'http://h/#sk-1',
  ]) {
    it(`refuses ${given || 'nothing'}, and repeats no password`, () => {
      assert.throws(
        () => endpointAddress(given),
        (error: Error) => {
          assert.equal(error.name, 'InputError');
          assert.ok(!error.message.includes('sk-1'), error.message);
          return true;
        },
      );
    });
  }

  it('knows what can be read on the way', () => {
    assert.deepEqual(
      ['http://gpu7:8000', 'https://gpu7', 'http://localhost:1', 'http://127.0.0.1:1'].map(
        (each) => endpointAddress(each).open,
      ),
      [true, false, false, false],
    );
  });
});

describe('waiting for a server', () => {
  it('doubles the wait up to the longest, spread by chance', () => {
    assert.deepEqual(
      [1, 2, 3, 6, 60].map((tries) => backoffMs(usualPatience, tries, () => 0)),
      [1000, 2000, 4000, 30_000, 30_000],
    );
    assert.equal(
      backoffMs(usualPatience, 1, () => 1),
      500,
    );
  });

  it('reads Retry-After in seconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(retryAfterMs('12', now), 12_000);
    assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now), 30_000);
    assert.equal(retryAfterMs('Wed, 31 Dec 2025 00:00:30 GMT', now), 0);
    assert.equal(retryAfterMs('soon', now), undefined);
    assert.equal(retryAfterMs(undefined, now), undefined);
  });
});
