import type { ReadinessSummary, ShownRow } from '../../../src/protocol/readiness.ts';
import { type Bounds, type EntropyBasis, entropyBases, type State } from './state.ts';

/* A readiness record as its page knows it. */

export type Sampled = ShownRow['sampled'][number];
export type TeacherForced = NonNullable<ShownRow['heldOut']>;

/** Tokens by their entropy: of one row, on one basis. */
export interface Histogram {
  readonly counts: readonly number[];
  /** Nats. */
  readonly mean: number;
}

export class Model {
  readonly summary: ReadinessSummary;

  constructor(summary: ReadinessSummary) {
    this.summary = summary;
  }

  get rows(): readonly ShownRow[] {
    return this.summary.rows;
  }

  get sampling(): ReadinessSummary['record']['sampling'] {
    return this.summary.record.sampling;
  }

  get teacherForced(): ReadinessSummary['record']['teacherForced'] {
    return this.summary.record.teacherForced;
  }

  get hasBase(): boolean {
    return this.rows[0]!.isBase;
  }

  get bounds(): Bounds {
    return {
      rows: this.rows.length,
      temperatures: this.sampling?.temperatures.length ?? 0,
      bases: entropyBases.filter((basis) =>
        this.rows.some((_, row) => this.histogram(row, { basis, temperature: 0 }) !== undefined),
      ),
    };
  }

  /** Rows that figures draw, by position. */
  shown({ hidden }: State): readonly number[] {
    return this.rows.map((_, row) => row).filter((row) => !hidden.includes(row));
  }

  sampled(row: number, { temperature }: Pick<State, 'temperature'>): Sampled | undefined {
    return this.rows[row]!.sampled[temperature];
  }

  histogram(
    row: number,
    { basis, temperature }: { readonly basis: EntropyBasis; readonly temperature: number },
  ): Histogram | undefined {
    if (basis !== 'sampled') {
      const figures = this.rows[row]![basis];
      return figures === null ? undefined : { counts: figures.entropyCounts, mean: figures.entropy };
    }
    const { entropyCounts = null, entropy = null } = this.sampled(row, { temperature }) ?? {};
    return entropyCounts === null || entropy === null ? undefined : { counts: entropyCounts, mean: entropy };
  }

  /** `T = 1`, with what it is the temperature of where there are two. */
  temperatureName(position: number): string {
    const { temperatures } = this.sampling!;
    const name = `T = ${temperatures[position]}`;
    if (temperatures.length === 1) return name;
    return `${name} (${position === 0 ? 'rollouts of RL' : 'evaluation'})`;
  }
}
