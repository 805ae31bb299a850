import { type Document, type LineCounter, type ParsedNode, Parser, parseDocument } from 'yaml';

/* Opens YAML from elsewhere. */

/** Deepest nesting of lists and mappings; what people write has some five levels. */
const deepest = 64;

type Token = ReturnType<Parser['parse']> extends Generator<infer Each, void, unknown> ? Each : never;

/** Whether something nests deeper. It is found in the tokens, which are read without recursion. */
function isDeep(text: string): boolean {
  for (const token of new Parser().parse(text)) {
    const open: (readonly [Token, number])[] = [[token, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [at, depth] = next;
      if (depth > deepest) return true;
      if (at.type === 'document' && at.value !== undefined) open.push([at.value, depth]);
      if (!('items' in at)) continue;
      for (const { key, value } of at.items) {
        if (key) open.push([key, depth + 1]);
        if (value) open.push([value, depth + 1]);
      }
    }
  }
  return false;
}

/**
 * A YAML document, its faults in `errors`. Text that nests deeper than anybody writes is refused before the tree is made:
 * that goes by recursion, and a stack that is full can end the whole process in the middle of a regular expression.
 *
 * @returns undefined for what nests too deeply
 */
export function yamlDocument(text: string, lineCounter?: LineCounter): Document.Parsed<ParsedNode> | undefined {
  if (isDeep(text)) return undefined;
  return parseDocument(text, {
    ...(lineCounter && { lineCounter }),
    // What comes after the first document is a fault, which the library passes over in silence.
    logLevel: 'error',
    prettyErrors: false,
    keepSourceTokens: true,
    // The library's own check compares every key with every other.
    uniqueKeys: false,
  });
}
