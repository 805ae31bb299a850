import { TemplateFault } from '../fault.ts';
import { namesOf, setFirst } from '../syntax/names.ts';
import type { Body, Parameter, Statement, Target } from '../syntax/tree.ts';
import type { Budget } from '../values/budget.ts';
import { itemsOf, truthy } from '../values/operators.ts';
import { str } from '../values/pythonText.ts';
import { Callable, Loop, Namespace, type Value } from '../values/values.ts';
import { atLine, type Evaluator } from './expressions.ts';
import { Output } from './output.ts';
import { bindParameters } from './parameters.ts';
import { Scope } from './scope.ts';

/* Runs a template's statements: loops, conditions, assignments, macros, generation blocks. */

type Left = 'break' | 'continue' | undefined;
type Kind<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

function remembered(find: (body: Body) => ReadonlySet<string>): (body: Body) => ReadonlySet<string> {
  const known = new WeakMap<Body, ReadonlySet<string>>();
  return (body) => {
    const names = known.get(body) ?? find(body);
    known.set(body, names);
    return names;
  };
}

const setFirstOf = remembered((body) => setFirst(body));
const readsOf = remembered((body) => namesOf(body).reads);

/** Runs a template's statements. */
export class Runner {
  private readonly evaluator: Evaluator;
  private readonly budget: Budget;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
    this.budget = evaluator.budget;
  }

  template(body: Body): Output {
    const out = new Output(this.budget, true);
    this.run(body, new Scope(undefined, setFirstOf(body)), out);
    return out;
  }

  private run(body: Body, scope: Scope, out: Output): Left {
    for (const statement of body) {
      this.budget.spend();
      const left = atLine(statement.line, () => this.budget.nested(() => this.statement(statement, scope, out)));
      if (left !== undefined) return left;
    }
    return undefined;
  }

  private statement(statement: Statement, scope: Scope, out: Output): Left {
    const { evaluator } = this;
    switch (statement.kind) {
      case 'text':
        return void out.write(statement.text);
      case 'print': {
        let { value } = statement;
        // Without automatic escaping a text marked safe prints as it is.
        while (value.kind === 'filter' && value.filter.name === 'safe') value = value.target;
        return void out.write(str(evaluator.evaluate(value, scope), this.budget));
      }
      case 'if':
        return this.run(
          truthy(evaluator.evaluate(statement.test, scope)) ? statement.body : statement.otherwise,
          scope,
          out,
        );
      case 'for':
        return this.loop(statement, scope, out);
      case 'set':
        return this.assign(statement.target, evaluator.evaluate(statement.value, scope), scope);
      case 'setBlock': {
        const text = this.captured(statement.body, this.inner(statement.body, scope));
        return this.assign(
          statement.target,
          statement.filters.reduce((value: Value, filter) => evaluator.applied(value, filter, scope), text),
          scope,
        );
      }
      case 'filterBlock': {
        const text = this.captured(statement.body, this.inner(statement.body, scope));
        const value = statement.filters.reduce(
          (before: Value, filter) => evaluator.applied(before, filter, scope),
          text,
        );
        return void out.write(str(value, this.budget));
      }
      case 'macro':
        return this.assign({ kind: 'name', name: statement.name }, this.macro(statement, scope), scope);
      case 'call': {
        const { call } = statement;
        if (call.kind !== 'call') return undefined;
        const target = evaluator.evaluate(call.target, scope);
        const given = evaluator.given(call.args, scope);
        const caller = this.macro({ ...statement, name: 'caller' }, scope);
        const named = new Map([...given.named, ['caller', caller] as const]);
        return void out.write(str(evaluator.called(target, { ...given, named }), this.budget));
      }
      case 'with': {
        const values = statement.assignments.map(([, value]) => evaluator.evaluate(value, scope));
        const inner = this.inner(statement.body, scope);
        for (const [i, [target]] of statement.assignments.entries()) this.assign(target, values[i]!, inner);
        return this.run(statement.body, inner, out);
      }
      case 'generation':
        return void out.writeGenerated(this.captured(statement.body, this.inner(statement.body, scope)));
      case 'break':
      case 'continue':
        return statement.kind;
    }
  }

  private inner(body: Body, scope: Scope): Scope {
    return new Scope(scope, setFirstOf(body));
  }

  private captured(body: Body, scope: Scope): string {
    const out = new Output(this.budget);
    this.run(body, scope, out);
    return out.text();
  }

  private assign(target: Target, value: Value, scope: Scope): undefined {
    if (target.kind === 'name') scope.variables.set(target.name, value);
    else if (target.kind === 'attribute') {
      const space = this.evaluator.named(target.name, scope);
      if (!(space instanceof Namespace))
        throw new TemplateFault(`it sets an attribute of "${target.name}", which is no namespace`);
      space.attributes.set(target.attribute, value);
    } else {
      const items = itemsOf(value, this.budget);
      if (items.length !== target.items.length) {
        throw new TemplateFault(`${items.length} values are assigned to ${target.items.length} names`);
      }
      for (const [i, each] of target.items.entries()) this.assign(each, items[i]!, scope);
    }
  }

  private loop(statement: Kind<'for'>, scope: Scope, out: Output): Left {
    const { target, test, body, otherwise } = statement;
    let items: readonly Value[] = itemsOf(this.evaluator.evaluate(statement.items, scope), this.budget);
    if (test !== undefined) {
      items = items.filter((item) => {
        const inner = new Scope(scope, new Set());
        this.assign(target, item, inner);
        return truthy(this.evaluator.evaluate(test, inner));
      });
    }
    const memory: Loop['memory'] = { last: undefined };
    for (const [index, item] of items.entries()) {
      const round = new Scope(scope, setFirstOf(body));
      round.variables.set('loop', new Loop(items, index, memory));
      this.assign(target, item, round);
      if (this.run(body, round, out) === 'break') break;
    }
    return items.length > 0 ? undefined : this.run(otherwise, this.inner(otherwise, scope), out);
  }

  private macro(
    { name, parameters, body }: { name: string; parameters: readonly Parameter[]; body: Body },
    scope: Scope,
  ): Callable {
    const reads = readsOf(body);
    return new Callable(name, (given) =>
      this.budget.nested(() => {
        const inner = this.inner(body, scope);
        bindParameters({ name, parameters, reads }, given, inner, this.evaluator);
        return this.captured(body, inner);
      }),
    );
  }
}
