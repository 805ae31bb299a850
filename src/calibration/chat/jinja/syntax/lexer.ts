import { TemplateFault } from '../fault.ts';
import { space, strip } from '../values/pythonText.ts';
import { unescaped } from './literals.ts';

/* Cuts a template's text into the pieces that it is parsed from. */

export interface Token {
  readonly kind:
    | 'text'
    | 'open{{'
    | 'close}}'
    | 'open{%'
    | 'close%}'
    | 'name'
    | 'string'
    | 'integer'
    | 'float'
    | 'operator'
    | 'end';
  /** The literal's value for `text`, `string` and `name`; as written for numbers and operators. */
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

const S = `[${space}]`;
const opening = new RegExp(`\\{(?:%([-+]?)${S}*raw${S}*(?:-%\\}${S}*|%\\})|([%{#])([-+]?))`, 'g');
const rawEnd = new RegExp(`\\{%([-+]?)${S}*endraw${S}*(?:\\+%\\}|-%\\}${S}*|%\\}\\n?)`, 'g');
const commentEnd = new RegExp(`\\+#\\}|-#\\}${S}*|#\\}\\n?`, 'g');
const blockEnd = new RegExp(`\\+%\\}|-%\\}${S}*|%\\}\\n?`, 'y');
const variableEnd = new RegExp(`-\\}\\}${S}*|\\}\\}`, 'y');
const onlyBlank = new RegExp(`^${S}+$`);
/** In the order in which they are tried. */
const tagTokens = [
  ['blank', new RegExp(`${S}+`, 'y')],
  ['float', /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ['integer', /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ['name', /[A-Za-z_]\w*/y],
  ['string', /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y],
  ['operator', /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y],
] as const;
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Cuts a template as Jinja 3.1 does with `trim_blocks` and `lstrip_blocks`: the newline after a statement or comment goes, so
 * does white space from a line's start to it, and the template's last newline.
 *
 * @throws TemplateFault for what cannot be read
 */
export function lex(template: string): Token[] {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStarts = true;
  let counted = 0;
  const lineAt = (offset: number) => {
    for (; counted < offset; counted++) if (source.charCodeAt(counted) === 10) line++;
    return line;
  };
  const match = (pattern: RegExp, from: number) => {
    pattern.lastIndex = from;
    return pattern.exec(source);
  };
  const addText = (text: string, sign: string, strips: boolean) => {
    let kept = text;
    if (sign === '-') kept = strip(text, 'right');
    else if (sign !== '+' && strips) {
      const lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarts) && onlyBlank.test(text.slice(lineStart))) kept = text.slice(0, lineStart);
    }
    if (kept !== '') tokens.push({ kind: 'text', value: kept, line: lineAt(at) });
  };
  const moveTo = (end: number) => {
    lineStarts = source[end - 1] === '\n';
    at = end;
  };

  const lexTag = (kind: '{{' | '{%') => {
    const close = kind === '{{' ? '}}' : '%}';
    const end = kind === '{{' ? variableEnd : blockEnd;
    tokens.push({ kind: `open${kind}`, value: kind, line: lineAt(at) });
    const open: string[] = [];
    for (;;) {
      const closing = open.length === 0 ? match(end, at) : null;
      if (closing !== null) {
        tokens.push({ kind: `close${close}`, value: close, line: lineAt(at) });
        moveTo(at + closing[0].length);
        return;
      }
      const { kind: found, written } = tagToken();
      if (found === 'operator') {
        if (closers[written] !== undefined) open.push(closers[written]);
        else if (')]}'.includes(written) && open.pop() !== written) {
          throw new TemplateFault(`unexpected "${written}"`, lineAt(at));
        }
      }
      const value = found === 'string' ? unescaped(written.slice(1, -1), lineAt(at)) : written;
      if (found !== 'blank') tokens.push({ kind: found, value, line: lineAt(at) });
      moveTo(at + written.length);
    }
  };

  const tagToken = () => {
    for (const [kind, pattern] of tagTokens) {
      const found = match(pattern, at);
      if (found !== null) return { kind, written: found[0] };
    }
    const [character] = source.slice(at, at + 2);
    const what = character === undefined ? 'a tag is not closed' : `unexpected character "${character}"`;
    throw new TemplateFault(what, lineAt(at));
  };

  for (let begin = match(opening, at); begin !== null; begin = match(opening, at)) {
    const text = source.slice(at, begin.index);
    const kind = begin[2];
    addText(text, begin[1] ?? begin[3] ?? '', kind !== '{');
    at = begin.index;
    const inside = begin.index + begin[0].length;
    if (kind === '{' || kind === '%') {
      moveTo(inside);
      lexTag(kind === '{' ? '{{' : '{%');
      continue;
    }
    const end = match(kind === '#' ? commentEnd : rawEnd, inside);
    if (end === null)
      throw new TemplateFault(kind === '#' ? 'a comment is not closed' : '"raw" is not closed', lineAt(at));
    moveTo(inside);
    if (kind === undefined) addText(source.slice(inside, end.index), end[1]!, true);
    moveTo(end.index + end[0].length);
  }
  if (at < source.length) tokens.push({ kind: 'text', value: source.slice(at), line: lineAt(at) });
  tokens.push({ kind: 'end', value: '', line: lineAt(source.length) });
  return tokens;
}
