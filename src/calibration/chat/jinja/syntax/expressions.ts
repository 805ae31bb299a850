import { type ListRules, OperandParser } from './operands.ts';
import type { Expression } from './tree.ts';

/** Expressions with the precedences of Jinja 3.1's parser. */
export class ExpressionParser extends OperandParser {
  expression(): Expression {
    return this.tokens.nested(() => this.conditional());
  }

  /** One expression, or several separated by commas: a tuple. */
  expressions(rules: ListRules = {}): Expression {
    const { tokens } = this;
    const { line } = tokens.current;
    const items: Expression[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0) tokens.expect('operator', ',');
      if (tokens.is('close}}') || tokens.is('close%}') || tokens.isOperator(')')) break;
      items.push(rules.unconditional ? this.or() : this.expression());
      if (!tokens.isOperator(',')) break;
      isTuple = true;
    }
    if (!isTuple) {
      if (items.length > 0) return items[0]!;
      if (!rules.parenthesised) throw tokens.fault('expected an expression');
    }
    return { kind: 'tuple', items, line };
  }

  private conditional(): Expression {
    const { tokens } = this;
    let value = this.or();
    while (tokens.isName('if')) {
      const { line } = tokens.next();
      const test = this.or();
      const otherwise = tokens.skip('name', 'else') ? this.expression() : undefined;
      value = { kind: 'conditional', test, value, otherwise, line };
    }
    return value;
  }

  private or(): Expression {
    let left = this.and();
    while (this.tokens.isName('or')) left = { kind: 'or', line: this.tokens.next().line, left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.tokens.isName('and')) left = { kind: 'and', line: this.tokens.next().line, left, right: this.not() };
    return left;
  }

  private not(): Expression {
    if (!this.tokens.isName('not')) return this.comparison();
    const { line } = this.tokens.next();
    return { kind: 'unary', operator: 'not', operand: this.tokens.nested(() => this.not()), line };
  }

  private comparison(): Expression {
    const { tokens } = this;
    const { line } = tokens.current;
    const first = this.sum();
    const rest: [string, Expression][] = [];
    for (;;) {
      if (tokens.isOperator('==', '!=', '<', '<=', '>', '>=')) rest.push([tokens.next().value, this.sum()]);
      else if (tokens.skip('name', 'in')) rest.push(['in', this.sum()]);
      else if (tokens.isName('not') && tokens.following.kind === 'name' && tokens.following.value === 'in') {
        tokens.next();
        tokens.next();
        rest.push(['not in', this.sum()]);
      } else return rest.length === 0 ? first : { kind: 'compare', first, rest, line };
    }
  }

  private binary(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    while (this.tokens.isOperator(...operators)) {
      const { value, line } = this.tokens.next();
      left = { kind: 'binary', operator: value, left, right: operand(), line };
    }
    return left;
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.concatenation());
  }

  private concatenation(): Expression {
    const { line } = this.tokens.current;
    const items = [this.product()];
    while (this.tokens.skip('operator', '~')) items.push(this.product());
    return items.length === 1 ? items[0]! : { kind: 'concat', items, line };
  }

  private product(): Expression {
    return this.binary(['*', '/', '//', '%'], () => this.binary(['**'], () => this.unary(true)));
  }

  private unary(withFilters: boolean): Expression {
    const { tokens } = this;
    let value: Expression;
    if (tokens.isOperator('-', '+')) {
      const { value: sign, line } = tokens.next();
      const operand = tokens.nested(() => this.unary(false));
      value = { kind: 'unary', operator: sign as '-' | '+', operand, line };
    } else value = this.primary();
    value = this.postfix(value);
    return withFilters ? this.filtersAndTests(value) : value;
  }
}
