import { TemplateFault } from '../fault.ts';
import { ExpressionParser } from './expressions.ts';
import { lex } from './lexer.ts';
import { inExpression, namesOf } from './names.ts';
import { parseParameters, parseTarget } from './targets.ts';
import { TokenCursor } from './tokenCursor.ts';
import type { Body, Expression, FilterCall, Statement, Target } from './tree.ts';

/* Parses a template's statements into a tree. */

const unsupported = ['extends', 'block', 'include', 'import', 'from', 'autoescape', 'print', 'do', 'trans', 'debug'];

/** @throws TemplateFault for what Jinja refuses, and for statements that are not supported */
export function parseTemplate(template: string): Body {
  const tokens = new TokenCursor(lex(template));
  return new StatementParser(tokens).template();
}

class StatementParser {
  private readonly tokens: TokenCursor;
  private readonly expressions: ExpressionParser;
  /** Loops around the statement that `break` and `continue` can reach. */
  private loops = 0;

  constructor(tokens: TokenCursor) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  template(): Body {
    const body = this.until();
    if (!this.tokens.is('end')) throw this.tokens.fault('expected the end of the template');
    return body;
  }

  /** Statements up to `{% name` of one of the names, which is left to read from its name on. */
  private until(...names: string[]): Statement[] {
    const { tokens } = this;
    const body: Statement[] = [];
    for (;;) {
      const { kind, value, line } = tokens.current;
      if (kind === 'text') {
        tokens.next();
        body.push({ kind: 'text', text: value, line });
      } else if (kind === 'open{{') {
        tokens.next();
        body.push({ kind: 'print', value: this.expressions.expressions(), line });
        tokens.expect('close}}');
      } else if (kind === 'open{%') {
        tokens.next();
        if (tokens.isName(...names) && names.length > 0) return body;
        body.push(tokens.nested(() => this.statement()));
        tokens.expect('close%}');
      } else {
        if (names.length > 0) throw tokens.fault(`expected {% ${names.at(-1)} %}`);
        return body;
      }
    }
  }

  /** The body after a statement's head: `%} … {% name`, whose name is read. */
  private body(...names: string[]): { body: Body; end: string } {
    this.tokens.skip('operator', ':');
    this.tokens.expect('close%}');
    const body = this.until(...names);
    return { body, end: this.tokens.next().value };
  }

  /** A body with a scope in Python's sense: no `break` reaches out of it. */
  private closedBody(name: string): Body {
    const { loops } = this;
    this.loops = 0;
    const { body } = this.body(name);
    this.loops = loops;
    return body;
  }

  private statement(): Statement {
    const { tokens, expressions } = this;
    const { value: name, line } = tokens.expect('name');
    switch (name) {
      case 'if':
        return this.ifStatement(line);
      case 'for':
        return this.forStatement(line);
      case 'set': {
        const target = parseTarget(tokens, true);
        if (tokens.skip('operator', '=')) return { kind: 'set', target, value: expressions.expressions(), line };
        const filters = this.filters();
        // Both write to a text of their own; what Jinja does when a loop is left from within is not followed.
        return { kind: 'setBlock', target, filters, body: this.closedBody('endset'), line };
      }
      case 'macro': {
        const { value } = tokens.expect('name');
        const parameters = parseParameters(expressions);
        return { kind: 'macro', name: value, parameters, body: this.closedBody('endmacro'), line };
      }
      case 'call': {
        const parameters = tokens.isOperator('(') ? parseParameters(expressions) : [];
        const call = expressions.expression();
        if (call.kind !== 'call') throw new TemplateFault('{% call %} needs a call', line);
        return { kind: 'call', call, parameters, body: this.closedBody('endcall'), line };
      }
      case 'filter': {
        const filters = [expressions.filterAfterPipe(), ...this.filters()];
        return { kind: 'filterBlock', filters, body: this.closedBody('endfilter'), line };
      }
      case 'with': {
        const assignments: [Target, Expression][] = [];
        while (!tokens.is('close%}')) {
          if (assignments.length > 0) tokens.expect('operator', ',');
          const target = parseTarget(tokens, false);
          tokens.expect('operator', '=');
          assignments.push([target, expressions.expression()]);
        }
        return { kind: 'with', assignments, body: this.body('endwith').body, line };
      }
      case 'generation':
        return { kind: 'generation', body: this.closedBody('endgeneration'), line };
      case 'break':
      case 'continue':
        if (this.loops === 0) throw new TemplateFault(`"${name}" is outside of a loop`, line);
        return { kind: name, line };
    }
    if (unsupported.includes(name)) throw new TemplateFault(`the statement "${name}" is not supported`, line);
    throw new TemplateFault(`"${name}" is no statement here`, line);
  }

  private filters(): FilterCall[] {
    const filters: FilterCall[] = [];
    while (this.tokens.isOperator('|')) filters.push(this.expressions.filter());
    return filters;
  }

  private ifStatement(line: number): Statement {
    const test = this.expressions.expressions({ unconditional: true });
    const { body, end } = this.body('elif', 'else', 'endif');
    let otherwise: Body = [];
    if (end === 'elif') otherwise = [this.tokens.nested(() => this.ifStatement(this.tokens.current.line))];
    else if (end === 'else') otherwise = this.body('endif').body;
    return { kind: 'if', test, body, otherwise, line };
  }

  private forStatement(line: number): Statement {
    const { tokens, expressions } = this;
    const target = parseTarget(tokens, false);
    tokens.expect('name', 'in');
    const items = expressions.expressions({ unconditional: true });
    const test = tokens.skip('name', 'if') ? expressions.expression() : undefined;
    if (tokens.isName('recursive')) throw new TemplateFault('a recursive loop is not supported', line);
    this.loops++;
    const { body, end } = this.body('endfor', 'else');
    this.loops--;
    const { attributes } = namesOf(body);
    inExpression(test, (name) => {
      // Jinja tests an item when its turn comes, this program all of them before the first.
      if (attributes.has(name)) {
        throw new TemplateFault(`a loop whose condition reads "${name}", which it changes, is not supported`, line);
      }
    });
    const otherwise = end === 'else' ? this.body('endfor').body : [];
    return { kind: 'for', target, items, test, body, otherwise, line };
  }
}
