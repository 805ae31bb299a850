import { TemplateFault } from '../fault.ts';
import { Undefined, type Value } from '../values/values.ts';

/** Variables of one part of a template: the whole, one round of a loop, a macro's call. */
export class Scope {
  readonly variables = new Map<string, Value>();
  private readonly parent: Scope | undefined;
  /** Names that this part assigns before it reads them. */
  private readonly setFirst: ReadonlySet<string>;

  constructor(parent: Scope | undefined, setFirst: ReadonlySet<string>) {
    this.parent = parent;
    this.setFirst = setFirst;
  }

  /** @param given variables of the conversation and functions of the environment, behind all scopes */
  find(name: string, given: ReadonlyMap<string, Value>): Value {
    let hidden = false;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
      hidden ||= scope.setFirst.has(name);
    }
    const value = given.get(name);
    if (value === undefined) return new Undefined(`"${name}" is undefined`);
    if (hidden) throw new TemplateFault(`it reads "${name}" before it sets it, where another of that name is given`);
    return value;
  }
}
