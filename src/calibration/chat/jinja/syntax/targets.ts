import { TemplateFault } from '../fault.ts';
import type { TokenCursor } from './tokenCursor.ts';
import type { Expression, Parameter, Target } from './tree.ts';

/* Parses what a template assigns to: names, several at once, a macro's parameters. */

const reserved = ['true', 'True', 'false', 'False', 'none', 'None'];

/** `(a, b=1)` after a macro's name. */
export function parseParameters(parser: { readonly tokens: TokenCursor; expression(): Expression }): Parameter[] {
  const { tokens } = parser;
  const parameters: Parameter[] = [];
  tokens.expect('operator', '(');
  while (!tokens.isOperator(')')) {
    if (parameters.length > 0) tokens.expect('operator', ',');
    const { value: name, line } = tokens.expect('name');
    if (reserved.includes(name)) throw new TemplateFault(`"${name}" cannot be assigned to`, line);
    const fallback = tokens.skip('operator', '=') ? parser.expression() : undefined;
    if (fallback === undefined && parameters.at(-1)?.fallback !== undefined) {
      throw new TemplateFault('a parameter without a default follows one with a default', line);
    }
    parameters.push({ name, fallback });
  }
  tokens.next();
  return parameters;
}

/** What is assigned to. @param attributes whether it may be an attribute of a namespace */
export function parseTarget(tokens: TokenCursor, attributes: boolean): Target {
  const items: Target[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) tokens.expect('operator', ',');
    if (tokens.is('close%}') || tokens.isOperator(')') || tokens.isName('in')) break;
    items.push(singleTarget(tokens, attributes));
    if (!tokens.isOperator(',')) break;
    isTuple = true;
  }
  if (items.length === 0) throw tokens.fault('expected a name');
  return isTuple ? { kind: 'tuple', items } : items[0]!;
}

function singleTarget(tokens: TokenCursor, attributes: boolean): Target {
  if (tokens.skip('operator', '(')) {
    const inner = tokens.nested(() => parseTarget(tokens, attributes));
    tokens.expect('operator', ')');
    return inner;
  }
  const { value: name, line } = tokens.expect('name');
  if (reserved.includes(name)) throw new TemplateFault(`"${name}" cannot be assigned to`, line);
  if (attributes && tokens.skip('operator', '.')) {
    return { kind: 'attribute', name, attribute: tokens.expect('name').value };
  }
  return { kind: 'name', name };
}
