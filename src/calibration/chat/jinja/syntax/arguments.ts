import { TemplateFault } from '../fault.ts';
import type { TokenCursor } from './tokenCursor.ts';
import type { Arguments, Expression } from './tree.ts';

/** `(a, b, name=c, *d, **e)`. @throws TemplateFault for an order that Python refuses */
export function parseArguments(parser: { readonly tokens: TokenCursor; expression(): Expression }): Arguments {
  const { tokens } = parser;
  const { line } = tokens.expect('operator', '(');
  const positional: Expression[] = [];
  const named: [string, Expression][] = [];
  let star: Expression | undefined;
  let doubleStar: Expression | undefined;
  const check = (holds: boolean) => {
    if (!holds) throw new TemplateFault('the arguments of a call are malformed', line);
  };
  for (let first = true; !tokens.isOperator(')'); first = false) {
    if (!first) {
      tokens.expect('operator', ',');
      if (tokens.isOperator(')')) break;
    }
    if (tokens.skip('operator', '*')) {
      check(star === undefined && doubleStar === undefined);
      star = parser.expression();
    } else if (tokens.skip('operator', '**')) {
      check(doubleStar === undefined);
      doubleStar = parser.expression();
    } else if (tokens.is('name') && tokens.following.kind === 'operator' && tokens.following.value === '=') {
      check(doubleStar === undefined);
      const name = tokens.next().value;
      tokens.next();
      check(!named.some(([other]) => other === name));
      named.push([name, parser.expression()]);
    } else {
      check(star === undefined && doubleStar === undefined && named.length === 0);
      positional.push(parser.expression());
    }
  }
  tokens.expect('operator', ')');
  return { positional, named, star, doubleStar };
}
