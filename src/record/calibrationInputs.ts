/* The calibration files that a record names, and how its samples are called after them. */

/** One file as records name it: run records by `name`, comparison records by `path`. */
type One = { readonly name: string } | { readonly path: string };

/** Of a record, which has a list only where there are several. */
export function calibrationList<File extends One>(calibration: File | readonly File[]): readonly File[] {
  return Array.isArray(calibration) ? calibration : [calibration as File];
}

/** Paths of a record's calibration files, in order. */
export function calibrationPaths(calibration: One | readonly One[]): readonly string[] {
  return calibrationList(calibration).map((file) => ('name' in file ? file.name : file.path));
}

/** A sample's file, as its record gives it: there is one only where there are several files. */
export function isFileOf(file: number | undefined, calibration: One | readonly One[]): boolean {
  const { length } = calibrationList(calibration);
  return length === 1 ? file === undefined : file !== undefined && file < length;
}

function shortNames(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => path.split(/[\\/]/).at(-1)!);
  return new Set(names).size === names.length ? names : paths;
}

function unitOf(path: string): string {
  if (/\.parquet$/i.test(path)) return 'row';
  return /\.json(\.gz)?$/i.test(path) ? 'element' : 'line';
}

/** What a sample is called: `line 3`, or with several files `train-1.jsonl:3`. Untrusted text. */
export function sampleNames(
  calibration: One | readonly One[],
): (sample: { readonly file?: number | undefined; readonly line: number }) => string {
  const paths = calibrationPaths(calibration);
  const names = shortNames(paths);
  return ({ file, line }) => {
    if (names.length === 1) return `${unitOf(paths[0]!)} ${line}`;
    return `${names[file ?? 0] ?? '?'}:${line}`;
  };
}
