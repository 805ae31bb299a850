interface Licence {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}
export function licenceFaults(licence: Licence): string[];
export function nativeFaults(files: readonly string[], folder?: string): string[];
export function nativeNotices(files: readonly string[]): Promise<string[]>;
export function shippedLicences(): Promise<Licence[]>;
