import { TemplateFault } from '../fault.ts';
import type { Parameter } from '../syntax/tree.ts';
import { type Given, Tuple, Undefined } from '../values/values.ts';
import type { Evaluator } from './expressions.ts';
import type { Scope } from './scope.ts';

/**
 * Sets a macro's parameters in the scope of one call; `caller`, `kwargs` and `varargs` too, where its body reads them.
 * @throws TemplateFault for arguments that it does not take
 */
export function bindParameters(
  { name, parameters, reads }: { name: string; parameters: readonly Parameter[]; reads: ReadonlySet<string> },
  given: Given,
  inner: Scope,
  evaluator: Evaluator,
): void {
  const rest = new Map(given.named);
  const { variables } = inner;
  for (const [i, { name: parameter, fallback }] of parameters.entries()) {
    let value = given.positional[i];
    if (value === undefined) {
      value = rest.get(parameter);
      rest.delete(parameter);
    }
    if (value === undefined) variables.set(parameter, new Undefined(`parameter "${parameter}" was not provided`));
    if (value === undefined && fallback !== undefined) value = evaluator.evaluate(fallback, inner);
    if (value !== undefined) variables.set(parameter, value);
  }
  const takes = (special: string) => reads.has(special) && !parameters.some((parameter) => parameter.name === special);
  if (takes('caller')) {
    variables.set('caller', rest.get('caller') ?? new Undefined('no caller is defined'));
    rest.delete('caller');
  }
  if (takes('kwargs')) variables.set('kwargs', rest);
  else if (rest.size > 0)
    throw new TemplateFault(`the macro "${name}" takes no argument "${Array.from(rest.keys())[0]}"`);
  const more = given.positional.slice(parameters.length);
  if (takes('varargs')) variables.set('varargs', new Tuple(more));
  else if (more.length > 0) throw new TemplateFault(`the macro "${name}" takes at most ${parameters.length} arguments`);
}
