/** See faults.cjs. */
export interface FaultPlan {
  readonly at: number;
  readonly fault: string;
  readonly from?: boolean;
  readonly below?: string;
  readonly operations?: readonly string[];
  readonly program?: string;
  readonly log?: string;
  readonly held?: string;
}
export interface CountedCall {
  readonly operation: string;
  readonly path: string;
}
export function arm(plan: FaultPlan): void;
export function disarm(): CountedCall[];
/** Operations that a full disk fails. */
export const needsRoom: ReadonlySet<string>;
