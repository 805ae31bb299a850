import { TemplateFault } from '../fault.ts';
import { arithmetic } from '../values/arithmetic.ts';
import { bind, required, type Tools } from '../values/given.ts';
import { compare, contains, demand, equal, isIterable } from '../values/operators.ts';
import { str } from '../values/pythonText.ts';
import {
  Callable,
  type Given,
  isDict,
  isList,
  isNumber,
  Range,
  Tuple,
  Undefined,
  type Value,
} from '../values/values.ts';

/** A test of Jinja's: the value before `is`, and the arguments after its name. */
export type Test = (value: Value, given: Given, tools: Tools) => boolean;

const alone =
  (holds: (value: Value) => boolean): Test =>
  (value, given) => {
    bind('this test', given, []);
    return holds(value);
  };

const withOther =
  (holds: (value: Value, other: Value, tools: Tools) => boolean): Test =>
  (value, given, tools) =>
    holds(value, required('this test', bind('this test', given, ['other']).other), tools);

const ordered = (holds: (order: number) => boolean) =>
  withOther((value, other, { budget }) => holds(compare(demand(value), demand(other), budget)));

const remainder = (value: Value, by: Value, { budget }: Tools) => {
  if (typeof demand(value) === 'string') throw new TemplateFault('a text has no remainder');
  return arithmetic('%', value, by, budget);
};

const eq = withOther((value, other, { budget }) => equal(value, other, budget));
const ne = withOther((value, other, { budget }) => !equal(value, other, budget));
const lt = ordered((order) => order < 0);
const le = ordered((order) => order <= 0);
const gt = ordered((order) => order > 0);
const ge = ordered((order) => order >= 0);

const tests: Readonly<Record<string, Test>> = {
  defined: alone((value) => !(value instanceof Undefined)),
  undefined: alone((value) => value instanceof Undefined),
  none: alone((value) => value === null),
  boolean: alone((value) => typeof value === 'boolean'),
  true: alone((value) => value === true),
  false: alone((value) => value === false),
  integer: alone((value) => typeof value === 'bigint'),
  float: alone((value) => typeof value === 'number'),
  number: alone(isNumber),
  string: alone((value) => typeof value === 'string'),
  mapping: alone(isDict),
  iterable: alone(isIterable),
  sequence: alone(
    (value) =>
      typeof value === 'string' ||
      isList(value) ||
      isDict(value) ||
      [Tuple, Range, Undefined].some((type) => value instanceof type),
  ),
  callable: alone((value) => value instanceof Callable || value instanceof Undefined),
  escaped: alone(() => false),
  odd: (value, given, tools) => equal(remainder(value, bind('odd', given, []) && 2n, tools), 1n, tools.budget),
  even: (value, given, tools) => equal(remainder(value, bind('even', given, []) && 2n, tools), 0n, tools.budget),
  divisibleby: withOther((value, other, tools) => equal(remainder(value, other, tools), 0n, tools.budget)),
  lower: (value, given, { budget }) => {
    bind('lower', given, []);
    const text = str(value, budget);
    return /\p{Cased}/u.test(text) && text === text.toLowerCase();
  },
  upper: (value, given, { budget }) => {
    bind('upper', given, []);
    const text = str(value, budget);
    return /\p{Cased}/u.test(text) && text === text.toUpperCase();
  },
  in: withOther((value, other, { budget }) => contains(other, value, budget)),
  sameas: withOther((value, other) => {
    if (value === null || other === null || typeof value === 'boolean' || typeof other === 'boolean')
      return value === other;
    throw new TemplateFault('the test "sameas" is supported for none, true and false only');
  }),
  eq,
  '==': eq,
  equalto: eq,
  ne,
  '!=': ne,
  lt,
  '<': lt,
  lessthan: lt,
  le,
  '<=': le,
  gt,
  '>': gt,
  greaterthan: gt,
  ge,
  '>=': ge,
};

/** @throws TemplateFault when there is no such test, or this program has it not */
export function testNamed(name: string): Test {
  if (Object.hasOwn(tests, name)) return tests[name]!;
  throw new TemplateFault(
    ['filter', 'test'].includes(name) ? `the test "${name}" is not supported` : `there is no test "${name}"`,
  );
}
