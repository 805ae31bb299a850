import type { ProductType } from '../ceilings.ts';

/** What a device was measured to reach. */
export type Ceilings = Readonly<Partial<Record<ProductType, number | string>>> & {
  /** Read and written together. */
  readonly bytesPerSecond: number;
};

/** The figure of a type, operations a second; undefined where it could not be measured. */
export function reached(ceilings: Ceilings | undefined, type: ProductType): number | undefined {
  const value = ceilings?.[type];
  return typeof value === 'number' ? value : undefined;
}
