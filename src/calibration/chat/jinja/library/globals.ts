import { TemplateFault } from '../fault.ts';
import type { Budget } from '../values/budget.ts';
import { bind, required, textArgument } from '../values/given.ts';
import { indexOf } from '../values/operators.ts';
import { str } from '../values/pythonText.ts';
import { Callable, type Given, isDict, Namespace, Range, type Value } from '../values/values.ts';
import { strftime } from './strftime.ts';

/** As the sandbox: `range` of more is refused. */
const longestRange = 100_000;

function range({ positional, named }: Given): Value {
  if (named.size > 0 || positional.length < 1 || positional.length > 3)
    throw new TemplateFault('"range" takes one to three numbers');
  const [first = 0, second, step = 1] = positional.map(indexOf);
  if (step === 0) throw new TemplateFault('the step of "range" is zero');
  const made = second === undefined ? new Range(0, first, 1) : new Range(first, second, step);
  if (made.length > longestRange)
    throw new TemplateFault(`"range" has more than ${longestRange.toLocaleString('en')} items`);
  return made;
}

/** The entries that `dict(...)` and `namespace(...)` are given. */
function entries(label: string, { positional, named }: Given, budget: Budget): Map<string, Value> {
  const [from, more] = positional;
  if (more !== undefined || (from !== undefined && !isDict(from)))
    throw new TemplateFault(`"${label}" takes a dict and names`);
  budget.items(named.size + (isDict(from ?? null) ? (from as ReadonlyMap<string, Value>).size : 0));
  return new Map([...(isDict(from ?? null) ? (from as ReadonlyMap<string, Value>) : []), ...named]);
}

/** The functions of the environment that transformers renders chat templates in. */
export function globals(budget: Budget, now: Date): ReadonlyMap<string, Value> {
  const functions: Readonly<Record<string, (given: Given) => Value>> = {
    range,
    dict: (given) => entries('dict', given, budget),
    namespace: (given) => new Namespace(entries('namespace', given, budget)),
    raise_exception: (given) => {
      const { message } = bind('raise_exception', given, ['message']);
      throw new TemplateFault(str(required('raise_exception', message), budget), undefined, true);
    },
    strftime_now: (given) =>
      strftime(now, textArgument('strftime_now', bind('strftime_now', given, ['format']).format)),
  };
  for (const name of ['lipsum', 'cycler', 'joiner']) {
    Object.assign(functions, {
      [name]: () => {
        throw new TemplateFault(`the function "${name}" is not supported`);
      },
    });
  }
  return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]));
}
