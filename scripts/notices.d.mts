/* The types of notices.mjs, for the TypeScript that calls it. */

export const programBundles: readonly string[];
export const pageBundles: readonly string[];
export const shipped: readonly string[];
export function extensionPackages(): Promise<string[]>;
export function licenceOf(
  name: string,
  modules?: string,
): Promise<{ readonly name: string; readonly version: string; readonly license: string; readonly text: string }>;
export function packagesOf(sources: readonly string[]): string[];
export function bundledPackages(bundles: readonly string[]): Promise<string[]>;
export function nodeNotice(): Promise<string>;
export function noticesText(packages: readonly string[], others?: readonly string[]): Promise<string>;
