import { shownCount } from '../../files/reading/shown.ts';
import { calibrationPaths } from '../../record/calibrationInputs.ts';
import { printable } from './printable.ts';

/** Files that are named one by one; a data set may have thousands. */
const named = 5;

/** The calibration files of a record, a line each, in the column of a report's heading. */
export function calibrationText(calibration: Parameters<typeof calibrationPaths>[0]): string {
  const paths = calibrationPaths(calibration);
  const lines = paths.slice(0, named).map((path) => printable(path));
  if (paths.length > named) lines.push(`and ${shownCount(paths.length - named, 'more file')}`);
  return lines.map((line, i) => `${i === 0 ? 'calibration  ' : '             '}${line}`).join('\n');
}
