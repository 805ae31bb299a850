import { maxSpikes } from '../../../record/comparison/tensors/tensorDifference.ts';

/* Keeps the spikes of a tensor: the elements that changed most. */

/** An element by its place in row-major order. */
export interface FlatSpike {
  readonly index: number;
  readonly delta: number;
  readonly reference: number;
  readonly checkpoint: number;
}

function before(a: FlatSpike, b: FlatSpike): boolean {
  const [left, right] = [Math.abs(a.delta), Math.abs(b.delta)];
  return left === right ? a.index < b.index : left > right;
}

/** The largest `|delta|` above 0 seen, largest first, ties by lower index. The same whatever order they come in. */
export class SpikeList {
  readonly spikes: FlatSpike[] = [];

  /** What `|delta|` must exceed to have a place for sure; what equals it has one only before the last. */
  get floor(): number {
    return this.spikes.length < maxSpikes ? 0 : Math.abs(this.spikes[maxSpikes - 1]!.delta);
  }

  add(spike: FlatSpike): void {
    if (spike.delta === 0) return;
    const { spikes } = this;
    if (spikes.length === maxSpikes && !before(spike, spikes[maxSpikes - 1]!)) return;
    let at = spikes.length;
    while (at > 0 && before(spike, spikes[at - 1]!)) at--;
    spikes.splice(at, 0, spike);
    if (spikes.length > maxSpikes) spikes.pop();
  }
}
