import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NeuronLayout } from '../../../src/method/neuronLayout.ts';
import { ResetCurve } from '../../../src/method/resetRatio.ts';

/** A layout of one layer whose modules have these widths. */
function layoutOf(widths: readonly number[]): NeuronLayout {
  let offset = 0;
  const modules = widths.map((width, i) => {
    const module = {
      layer: i,
      projection: 'q_proj' as const,
      offset,
      width,
      axis: 'row' as const,
      parametersPerNeuron: 1,
    };
    offset += width;
    return module;
  });
  return { modules, total: offset };
}

describe('the largest rho within a share of reset neurons', () => {
  it('is within it, and the next of three digits is not, or is beyond the kept ranks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 2 ** 30 }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        fc.constantFrom(0.05, 0.2, 0.333, 1),
        (widths, seed, ratio, rhoMax) => {
          const layout = layoutOf(widths);
          let state = seed;
          const ranks = Int32Array.from({ length: layout.total }, () => {
            state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
            return ((state >> 8) % (layout.total + 1)) - 1;
          });
          const curve = new ResetCurve(layout, ranks);
          const rho = curve.largestWithin(ratio, rhoMax);
          if (rho === undefined) {
            assert.ok(curve.at(1 / layout.total).neuronRatio > ratio, 'one neuron a target would have been within it');
            return;
          }
          assert.ok(rho > 0 && rho <= rhoMax);
          assert.equal(rho, Number(rho.toPrecision(3)));
          assert.ok(curve.at(rho).neuronRatio <= ratio);
          const next = Number((rho + 10 ** (Math.floor(Math.log10(rho)) - 2)).toPrecision(3));
          assert.ok(next > rhoMax || curve.at(next).neuronRatio > ratio, `${next} is within ${ratio} too`);
        },
      ),
      { numRuns: 500, seed: 11 },
    );
  });
});
