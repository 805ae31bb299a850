import { TemplateFault } from '../fault.ts';
import type { Token } from './lexer.ts';

/** Deeper than any template nests; keeps the recursive parser within the stack. */
const deepest = 150;

/** Reads tokens one after the other. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get current(): Token {
    return this.tokens[this.at]!;
  }

  get following(): Token {
    return this.tokens[Math.min(this.at + 1, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.current;
    if (this.at < this.tokens.length - 1) this.at++;
    return token;
  }

  is(kind: Token['kind'], ...values: string[]): boolean {
    const { current } = this;
    return current.kind === kind && (values.length === 0 || values.includes(current.value));
  }

  isOperator(...values: string[]): boolean {
    return this.is('operator', ...values);
  }

  isName(...values: string[]): boolean {
    return this.is('name', ...values);
  }

  skip(kind: Token['kind'], value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.next();
    return true;
  }

  expect(kind: Token['kind'], value?: string): Token {
    if (!this.is(kind) || (value !== undefined && this.current.value !== value)) {
      throw this.fault(`expected ${value === undefined ? `a ${kind.replace(/^(open|close)/, '')}` : `"${value}"`}`);
    }
    return this.next();
  }

  /** `what, found …`, at the current token. */
  fault(what: string): TemplateFault {
    const { kind, value, line } = this.current;
    const found = kind === 'end' ? 'the end of the template' : kind === 'text' ? 'text' : `"${value.slice(0, 40)}"`;
    return new TemplateFault(`${what}, found ${found}`, line);
  }

  nested<T>(parse: () => T): T {
    if (++this.depth > deepest) throw new TemplateFault(`it nests more than ${deepest} levels deep`, this.current.line);
    const parsed = parse();
    this.depth--;
    return parsed;
  }
}
