import assert from 'node:assert/strict';
import { InputError } from '../../../src/errors.ts';
import { checkSettings, defaultSettings, type RunSettings, sampleCount } from '../../../src/settings/runSettings.ts';

describe('run settings', () => {
  it('accepts the defaults and the ends of every range', () => {
    checkSettings(defaultSettings);
    checkSettings({ ...defaultSettings, alpha: 0, rho: 1, rhoMax: 1, topN: 1, maxLength: 2 });
    checkSettings({ ...defaultSettings, alpha: 1 });
  });

  const rows: readonly (readonly [change: Partial<RunSettings>, message: string])[] = [
    [{ alpha: 1.5 }, 'alpha is 1.5, but must lie between 0 and 1.'],
    [{ alpha: -0.1 }, 'alpha is -0.1, but must lie between 0 and 1.'],
    [{ alpha: Number.NaN }, 'alpha is NaN, but must lie between 0 and 1.'],
    [{ rho: 0 }, 'rho is 0, but must be above 0 and at most 1.'],
    [{ rho: 1.01 }, 'rho is 1.01, but must be above 0 and at most 1.'],
    [{ rhoMax: 2 }, 'rho-max is 2, but must be above 0 and at most 1.'],
    [{ rho: 0.1, rhoMax: 0.05 }, 'rho is 0.1, above rho-max 0.05: raise rho-max, up to which ranks are recorded.'],
    [{ topN: 0 }, 'top-n is 0, but must be a whole number of at least 1.'],
    [{ topN: 2.5 }, 'top-n is 2.5, but must be a whole number of at least 1.'],
    [{ maxLength: 1 }, 'max-length is 1, but must be a whole number of at least 2.'],
    [
      { format: 'csv' as 'pair' },
      'format is "csv", but must be one of auto, pair, alpaca, messages, sharegpt, trl, preference.',
    ],
    [{ turns: 'first' as 'all' }, 'turns is "first", but must be one of all, last.'],
    [
      { templateArgs: ['a=1', '=2'] },
      'The template argument "=2" is not NAME=VALUE, for example enable_thinking=false.',
    ],
    [{ promptField: 'x', responseField: 'x' }, 'The prompt and the response field are both "x", but must differ.'],
    [{ processes: -1 }, 'processes is -1, but must be a whole number from 1 to 256.'],
    [{ processes: 1.5 }, 'processes is 1.5, but must be a whole number from 1 to 256.'],
    [{ threads: 1000 }, 'threads is 1000, but must be a whole number from 1 to 256.'],
    [{ weights: 'half' as 'stored' }, 'weights is "half", but must be one of auto, float32, stored.'],
    [{ precision: 'half' as 'tf32' }, 'precision is "half", but must be one of exact, float32, tf32.'],
    [{ memoryBytes: 1000 }, 'memory is 1000 bytes, but must be at least 64MB.'],
  ];
  for (const [change, message] of rows) {
    it(message, () => {
      assert.throws(
        () => checkSettings({ ...defaultSettings, ...change }),
        (error) => error instanceof InputError && error.message === message,
      );
    });
  }

  it('reads a number of samples, or all', () => {
    assert.deepEqual(['all', ' ALL ', '1', ' 128 '].map(sampleCount), [0, 0, 1, 128]);
    for (const text of ['', ' ', '0', '00', '-1', '1.5', '1e3', '0x10', 'alle']) {
      assert.throws(() => sampleCount(text), InputError, text);
    }
  });
});
