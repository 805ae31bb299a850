import { TemplateFault } from '../fault.ts';
import { filterNamed } from '../library/filters.ts';
import { testNamed } from '../library/tests.ts';
import type { Arguments, Expression, FilterCall } from '../syntax/tree.ts';
import { arithmetic, signed } from '../values/arithmetic.ts';
import { attribute, item, slice } from '../values/attributes.ts';
import type { Budget } from '../values/budget.ts';
import type { Tools } from '../values/given.ts';
import { compare, contains, demand, equal, itemsOf, truthy } from '../values/operators.ts';
import { str } from '../values/pythonText.ts';
import { Callable, type Given, isDict, Tuple, typeName, Undefined, type Value } from '../values/values.ts';
import type { Scope } from './scope.ts';

/** Evaluates a template's expressions. */
export class Evaluator implements Tools {
  readonly budget: Budget;
  private readonly variables: ReadonlyMap<string, Value>;

  /** @param variables what is given: the conversation's variables and the environment's functions */
  constructor(budget: Budget, variables: ReadonlyMap<string, Value>) {
    this.budget = budget;
    this.variables = variables;
  }

  filter(name: string, value: Value, given: Given): Value {
    if (typeof value === 'string') this.budget.text(value.length);
    return filterNamed(name)(value, given, this);
  }

  test(name: string, value: Value, given: Given): boolean {
    if (typeof value === 'string') this.budget.text(value.length);
    return testNamed(name)(value, given, this);
  }

  named(name: string, scope: Scope): Value {
    return scope.find(name, this.variables);
  }

  applied(value: Value, { name, args, line }: FilterCall, scope: Scope): Value {
    return atLine(line, () => this.filter(name, value, this.given(args, scope)));
  }

  /** @throws TemplateFault with the expression's line */
  evaluate(expression: Expression, scope: Scope): Value {
    this.budget.spend();
    return atLine(expression.line, () => this.budget.nested(() => this.value(expression, scope)));
  }

  private value(expression: Expression, scope: Scope): Value {
    const { budget } = this;
    const of = (part: Expression) => this.evaluate(part, scope);
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'name':
        return this.named(expression.name, scope);
      case 'list':
        return expression.items.map(of);
      case 'tuple':
        return new Tuple(expression.items.map(of));
      case 'dict':
        return this.dict(expression.pairs, of);
      case 'concat': {
        const texts = expression.items.map((part) => str(of(part), budget));
        budget.text(texts.reduce((sum, text) => sum + text.length, 0));
        return texts.join('');
      }
      case 'attribute':
        return attribute(of(expression.target), expression.name, budget);
      case 'item':
        return item(of(expression.target), of(expression.key), budget);
      case 'slice': {
        const target = of(expression.target);
        return slice(
          target,
          expression.bounds.map((bound) => bound && of(bound)),
          budget,
        );
      }
      case 'call':
        return this.called(of(expression.target), this.given(expression.args, scope));
      case 'filter':
        return this.applied(of(expression.target), expression.filter, scope);
      case 'test':
        return this.test(expression.name, of(expression.target), this.given(expression.args, scope));
      case 'unary':
        if (expression.operator === 'not') return !truthy(of(expression.operand));
        return signed(expression.operator, of(expression.operand));
      case 'binary':
        return arithmetic(expression.operator, of(expression.left), of(expression.right), budget);
      case 'and': {
        const left = of(expression.left);
        return truthy(left) ? of(expression.right) : left;
      }
      case 'or': {
        const left = of(expression.left);
        return truthy(left) ? left : of(expression.right);
      }
      case 'compare': {
        let left = of(expression.first);
        for (const [operator, operand] of expression.rest) {
          const right = of(operand);
          if (!this.holds(operator, left, right)) return false;
          left = right;
        }
        return true;
      }
      case 'conditional':
        if (truthy(of(expression.test))) return of(expression.value);
        return expression.otherwise === undefined
          ? new Undefined('an "if" without "else" gives nothing')
          : of(expression.otherwise);
    }
  }

  private holds(operator: string, left: Value, right: Value): boolean {
    const { budget } = this;
    if (operator === '==') return equal(left, right, budget);
    if (operator === '!=') return !equal(left, right, budget);
    if (operator === 'in') return contains(right, left, budget);
    if (operator === 'not in') return !contains(right, left, budget);
    const order = compare(demand(left), demand(right), budget);
    if (operator === '<') return order < 0;
    if (operator === '<=') return order <= 0;
    return operator === '>' ? order > 0 : order >= 0;
  }

  private dict(pairs: readonly (readonly [Expression, Expression])[], of: (part: Expression) => Value): Value {
    const made = new Map<string, Value>();
    for (const [key, value] of pairs) {
      const name = of(key);
      if (typeof name !== 'string') throw new TemplateFault(`a dict whose key is a ${typeName(name)} is not supported`);
      made.set(name, of(value));
    }
    return made;
  }

  given({ positional, named, star, doubleStar }: Arguments, scope: Scope): Given {
    const of = (part: Expression) => this.evaluate(part, scope);
    const places = positional.map(of);
    if (star !== undefined) places.push(...itemsOf(of(star), this.budget));
    const names = new Map(named.map(([name, part]) => [name, of(part)]));
    if (doubleStar !== undefined) {
      const more = of(doubleStar);
      if (!isDict(more)) throw new TemplateFault(`** takes a dict, not a ${typeName(more)}`);
      for (const [name, value] of more) {
        if (names.has(name)) throw new TemplateFault(`the argument "${name}" is given twice`);
        names.set(name, value);
      }
    }
    return { positional: places, named: names };
  }

  called(target: Value, given: Given): Value {
    demand(target);
    if (!(target instanceof Callable)) throw new TemplateFault(`a ${typeName(target)} cannot be called`);
    return target.call(given);
  }
}

/** Runs `work`; a fault from it that knows no line gets this one. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateFault) error.line ??= line;
    throw error;
  }
}
