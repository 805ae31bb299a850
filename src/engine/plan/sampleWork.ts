/** What the planner knows of a sample: how many rows it has, and which of them are targets. */
export interface SampleWork {
  /** Rows that go through the layers. */
  readonly rows: number;
  /** Rows measured against the head; 0 in attribution. */
  readonly headRows: number;
  /** Rows of its targets, ascending; none in a forward pass. */
  readonly targets: readonly number[];
}
