import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { type RopeTables, ropeTables, tableForm } from '../../graph/ropeTables.ts';
import { type RotaryTable, rotaryInputs, rotaryTables } from '../../graph/rotaryInputs.ts';
import { float32 } from '../device/runtime.ts';
import { concatenated } from './floatParts.ts';

/** Rows `from` up to, not including, `to` of a sequence of so many tokens. */
export interface SequenceRows {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Gives sessions the rotary tables of their rows, and keeps those that were made. */
export class RotaryFeeds {
  readonly #architecture: Architecture;
  readonly #tables: readonly RotaryTable[];
  readonly #made = new Map<string, RopeTables & { readonly rows: number }>();

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
    this.#tables = rotaryTables(architecture);
  }

  /** Tables of several sequences' rows, laid end to end, by the names of the graph's inputs: `[R, hd]` each. */
  of(sequences: readonly SequenceRows[]) {
    const { headDim } = this.#architecture;
    const rows = sequences.reduce((sum, { from, to }) => sum + to - from, 0);
    return Object.fromEntries(
      this.#tables.flatMap((table) => {
        const parts = sequences.map((each) => this.#rows(table, each));
        const names = rotaryInputs(table);
        return (['cos', 'sin'] as const).map((key) => {
          const values = concatenated(parts.map((part) => part[key]));
          return [names[key], float32(values, [rows, headDim])] as const;
        });
      }),
    );
  }

  #rows(table: RotaryTable, { from, to, length }: SequenceRows): RopeTables {
    const { headDim } = this.#architecture;
    const key = `${table} ${tableForm(this.#architecture, length)}`;
    let made = this.#made.get(key);
    if (made === undefined || made.rows < to) {
      // Sequences grow token by token where they are sampled.
      const rows = made === undefined ? to : Math.max(to, 2 * made.rows);
      made = { rows, ...ropeTables(this.#architecture, rows, table, length) };
      this.#made.set(key, made);
    }
    const cut = (values: Float32Array) => values.subarray(from * headDim, to * headDim);
    return { cos: cut(made.cos), sin: cut(made.sin) };
  }
}
