/* The types of notices.mjs, for the TypeScript that calls it. */

export const programBundles: readonly string[];
export function packagesOf(sources: readonly string[]): string[];
export function bundledPackages(bundles: readonly string[]): Promise<string[]>;
export function nodeNotice(): Promise<string>;
export function noticesText(packages: readonly string[], others?: readonly string[]): Promise<string>;
