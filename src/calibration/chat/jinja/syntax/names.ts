import type { Arguments, Body, Expression, FilterCall, Target } from './tree.ts';

/* Tells which names a part of a template reads and sets; Jinja decides by it where a name is looked up. */

type Visit = (name: string) => void;

function inArguments({ positional, named, star, doubleStar }: Arguments, visit: Visit): void {
  for (const each of [...positional, ...named.map(([, value]) => value), star, doubleStar]) inExpression(each, visit);
}

function inFilters(filters: readonly FilterCall[], visit: Visit): void {
  for (const { args } of filters) inArguments(args, visit);
}

/** Calls `visit` with each name that an expression reads. */
export function inExpression(expression: Expression | undefined, visit: Visit): void {
  if (expression === undefined) return;
  const all = (...parts: readonly (Expression | undefined)[]) => {
    for (const part of parts) inExpression(part, visit);
  };
  switch (expression.kind) {
    case 'constant':
      return;
    case 'name':
      visit(expression.name);
      return;
    case 'list':
    case 'tuple':
    case 'concat':
      all(...expression.items);
      return;
    case 'dict':
      all(...expression.pairs.flat());
      return;
    case 'attribute':
      all(expression.target);
      return;
    case 'item':
      all(expression.target, expression.key);
      return;
    case 'slice':
      all(expression.target, ...expression.bounds);
      return;
    case 'call':
    case 'test':
      all(expression.target);
      inArguments(expression.args, visit);
      return;
    case 'filter':
      all(expression.target);
      inFilters([expression.filter], visit);
      return;
    case 'unary':
      all(expression.operand);
      return;
    case 'binary':
    case 'and':
    case 'or':
      all(expression.left, expression.right);
      return;
    case 'compare':
      all(expression.first, ...expression.rest.map(([, value]) => value));
      return;
    case 'conditional':
      all(expression.test, expression.value, expression.otherwise);
      return;
  }
}

function inTarget(target: Target, store: Visit, read: Visit): void {
  if (target.kind === 'name') store(target.name);
  else if (target.kind === 'attribute') read(target.name);
  else for (const item of target.items) inTarget(item, store, read);
}

/** Every name that a body reads, at any depth, and those whose attributes it sets. */
export function namesOf(body: Body): { reads: Set<string>; attributes: Set<string> } {
  const reads = new Set<string>();
  const attributes = new Set<string>();
  const read = (name: string) => void reads.add(name);
  const target = (each: Target) =>
    inTarget(
      each,
      () => {},
      (name) => void attributes.add(name),
    );
  const visit = (statements: Body): void => {
    for (const statement of statements) {
      if (statement.kind === 'print') inExpression(statement.value, read);
      else if (statement.kind === 'if') {
        inExpression(statement.test, read);
        visit(statement.otherwise);
      } else if (statement.kind === 'for') {
        inExpression(statement.items, read);
        inExpression(statement.test, read);
        visit(statement.otherwise);
      } else if (statement.kind === 'set') {
        inExpression(statement.value, read);
        target(statement.target);
      } else if (statement.kind === 'setBlock') {
        inFilters(statement.filters, read);
        target(statement.target);
      } else if (statement.kind === 'call') inExpression(statement.call, read);
      else if (statement.kind === 'filterBlock') inFilters(statement.filters, read);
      else if (statement.kind === 'with') for (const [, value] of statement.assignments) inExpression(value, read);
      if (statement.kind === 'macro' || statement.kind === 'call') {
        for (const { fallback } of statement.parameters) inExpression(fallback, read);
      }
      if ('body' in statement) visit(statement.body);
    }
  };
  visit(body);
  return { reads, attributes };
}

/**
 * Names of a scope that are assigned before anything reads them. Jinja decides where a name is looked up before it renders: until
 * such a name is assigned it is undefined, even where the conversation's variables have one of that name.
 */
export function setFirst(body: Body, seen: Set<string> = new Set()): Set<string> {
  const found = new Set<string>();
  const read = (name: string) => void seen.add(name);
  const store = (name: string) => {
    if (!seen.has(name)) found.add(name);
    seen.add(name);
  };
  for (const statement of body) {
    switch (statement.kind) {
      case 'print':
        inExpression(statement.value, read);
        break;
      case 'if': {
        inExpression(statement.test, read);
        const branches = [statement.body, statement.otherwise].map((branch) => {
          const inBranch = new Set(seen);
          return { found: setFirst(branch, inBranch), seen: inBranch };
        });
        for (const name of branches[0]!.found) if (branches[1]!.found.has(name)) found.add(name);
        for (const branch of branches) for (const name of branch.seen) seen.add(name);
        break;
      }
      case 'for':
        inExpression(statement.items, read);
        break;
      case 'set':
        inExpression(statement.value, read);
        inTarget(statement.target, store, read);
        break;
      case 'setBlock':
        inTarget(statement.target, store, read);
        break;
      case 'macro':
        store(statement.name);
        break;
      case 'call':
        inExpression(statement.call, read);
        break;
      case 'filterBlock':
        inFilters(statement.filters, read);
        break;
      case 'with':
        for (const [, value] of statement.assignments) inExpression(value, read);
        break;
    }
  }
  return found;
}
