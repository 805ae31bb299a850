import { TemplateFault } from '../fault.ts';
import { listFilters } from './listFilters.ts';
import { type Filter, textFilters } from './textFilters.ts';

/* Finds a template's filters (`x | trim`) by name, and refuses by name those that this program does not have. */

const unsupported = [
  'attr',
  'batch',
  'center',
  'e',
  'escape',
  'filesizeformat',
  'forceescape',
  'groupby',
  'pprint',
  'random',
  'slice',
  'striptags',
  'truncate',
  'urlencode',
  'urlize',
  'wordcount',
  'wordwrap',
  'xmlattr',
];

/** @throws TemplateFault when there is no such filter, or this program has it not */
export function filterNamed(name: string): Filter {
  for (const filters of [textFilters, listFilters]) if (Object.hasOwn(filters, name)) return filters[name]!;
  if (name === 'safe') throw new TemplateFault('the filter "safe" is supported at the end of {{ … }} only');
  throw new TemplateFault(
    unsupported.includes(name) ? `the filter "${name}" is not supported` : `there is no filter "${name}"`,
  );
}
