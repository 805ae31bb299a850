import { TemplateFault } from '../fault.ts';
import { parseArguments } from './arguments.ts';
import type { TokenCursor } from './tokenCursor.ts';
import type { Arguments, Expression, FilterCall } from './tree.ts';

/* Parses the operands of a template's expressions. */

export interface ListRules {
  /** Without `a if b else c`, as in `for … in` and `if`. */
  readonly unconditional?: boolean;
  readonly parenthesised?: boolean;
}

const noArguments: Arguments = { positional: [], named: [], star: undefined, doubleStar: undefined };
const constants: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** What operators stand between: literals, names, brackets, and what follows them (attributes, calls, filters, tests). */
export abstract class OperandParser {
  readonly tokens: TokenCursor;

  constructor(tokens: TokenCursor) {
    this.tokens = tokens;
  }

  abstract expression(): Expression;

  /** One expression, or several separated by commas: a tuple. */
  abstract expressions(rules?: ListRules): Expression;

  primary(): Expression {
    const { tokens } = this;
    const { kind, value, line } = tokens.current;
    switch (kind) {
      case 'name': {
        tokens.next();
        const constant = constants.get(value);
        return constant === undefined
          ? { kind: 'name', name: value, line }
          : { kind: 'constant', value: constant, line };
      }
      case 'string': {
        let text = '';
        while (tokens.is('string')) text += tokens.next().value;
        return { kind: 'constant', value: text, line };
      }
      case 'integer':
        tokens.next();
        return { kind: 'constant', value: BigInt(value.replaceAll('_', '').replace(/^0+(?=\d)/, '')), line };
      case 'float':
        tokens.next();
        return { kind: 'constant', value: Number(value.replaceAll('_', '')), line };
    }
    if (tokens.skip('operator', '(')) {
      const inner = tokens.nested(() => this.expressions({ parenthesised: true }));
      tokens.expect('operator', ')');
      return inner;
    }
    if (tokens.skip('operator', '[')) {
      const items = this.until(']', () => this.expression());
      return { kind: 'list', items, line };
    }
    if (tokens.skip('operator', '{')) {
      const pairs = this.until('}', (): [Expression, Expression] => {
        const key = this.expression();
        tokens.expect('operator', ':');
        return [key, this.expression()];
      });
      return { kind: 'dict', pairs, line };
    }
    throw tokens.fault('expected an expression');
  }

  private until<T>(close: string, parse: () => T): T[] {
    const { tokens } = this;
    const items: T[] = [];
    while (!tokens.isOperator(close)) {
      if (items.length > 0) tokens.expect('operator', ',');
      if (tokens.isOperator(close)) break;
      items.push(parse());
    }
    tokens.next();
    return items;
  }

  postfix(start: Expression): Expression {
    const { tokens } = this;
    let value = start;
    for (;;) {
      const { line } = tokens.current;
      if (tokens.skip('operator', '.')) {
        if (tokens.is('name')) value = { kind: 'attribute', target: value, name: tokens.next().value, line };
        else {
          const key: Expression = { kind: 'constant', value: BigInt(tokens.expect('integer').value), line };
          value = { kind: 'item', target: value, key, line };
        }
      } else if (tokens.skip('operator', '[')) value = this.subscript(value, line);
      else if (tokens.isOperator('(')) value = { kind: 'call', target: value, args: parseArguments(this), line };
      else return value;
    }
  }

  private subscript(target: Expression, line: number): Expression {
    const { tokens } = this;
    const bounds: (Expression | undefined)[] = [undefined];
    while (!tokens.isOperator(']', ',')) {
      if (tokens.skip('operator', ':')) bounds.push(undefined);
      else if (bounds.at(-1) === undefined) bounds[bounds.length - 1] = this.expression();
      else throw tokens.fault('expected "]"');
    }
    if (tokens.isOperator(',')) throw new TemplateFault('an index of several parts is not supported', line);
    tokens.next();
    if (bounds.length > 3) throw new TemplateFault('a slice has more than three parts', line);
    if (bounds.length > 1) return { kind: 'slice', target, bounds, line };
    const [key] = bounds;
    if (key === undefined) throw new TemplateFault('an index is empty', line);
    return { kind: 'item', target, key, line };
  }

  protected filtersAndTests(start: Expression): Expression {
    const { tokens } = this;
    let value = start;
    for (;;) {
      const { line } = tokens.current;
      if (tokens.isOperator('|')) value = { kind: 'filter', target: value, filter: this.filter(), line };
      else if (tokens.isName('is')) value = this.test(value);
      else if (tokens.isOperator('(')) value = { kind: 'call', target: value, args: parseArguments(this), line };
      else return value;
    }
  }

  /** `| name(arguments)`. */
  filter(): FilterCall {
    this.tokens.expect('operator', '|');
    return this.filterAfterPipe();
  }

  filterAfterPipe(): FilterCall {
    const { line } = this.tokens.current;
    const name = this.dottedName();
    return { name, args: this.tokens.isOperator('(') ? parseArguments(this) : noArguments, line };
  }

  private dottedName(): string {
    let name = this.tokens.expect('name').value;
    while (this.tokens.skip('operator', '.')) name += `.${this.tokens.expect('name').value}`;
    return name;
  }

  private test(target: Expression): Expression {
    const { tokens } = this;
    const { line } = tokens.next();
    const negated = tokens.skip('name', 'not');
    const name = this.dottedName();
    let args = noArguments;
    if (tokens.isOperator('(')) args = parseArguments(this);
    else if (
      (tokens.is('name') && !tokens.isName('else', 'or', 'and')) ||
      tokens.is('string') ||
      tokens.is('integer') ||
      tokens.is('float') ||
      tokens.isOperator('[', '{')
    ) {
      if (tokens.isName('is')) throw tokens.fault('tests with "is" do not follow each other');
      args = { ...noArguments, positional: [this.postfix(this.primary())] };
    }
    const test: Expression = { kind: 'test', target, name, args, line };
    return negated ? { kind: 'unary', operator: 'not', operand: test, line } : test;
  }
}
