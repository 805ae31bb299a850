import { TemplateFault } from '../fault.ts';

/* Writes dates as Python's `strftime` does, for templates that tell the model today's date. */

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const two = (value: number) => String(value).padStart(2, '0');

/**
 * Python's `datetime.strftime` in the C locale on Linux, of local time.
 * @throws TemplateFault for a directive that is not supported
 */
export function strftime(now: Date, format: string): string {
  const hour12 = now.getHours() % 12 || 12;
  const directives: Readonly<Record<string, string>> = {
    '%': '%',
    Y: String(now.getFullYear()),
    y: two(now.getFullYear() % 100),
    m: two(now.getMonth() + 1),
    '-m': String(now.getMonth() + 1),
    B: months[now.getMonth()]!,
    b: months[now.getMonth()]!.slice(0, 3),
    h: months[now.getMonth()]!.slice(0, 3),
    d: two(now.getDate()),
    '-d': String(now.getDate()),
    e: String(now.getDate()).padStart(2),
    A: days[now.getDay()]!,
    a: days[now.getDay()]!.slice(0, 3),
    w: String(now.getDay()),
    u: String(now.getDay() || 7),
    H: two(now.getHours()),
    '-H': String(now.getHours()),
    I: two(hour12),
    '-I': String(hour12),
    M: two(now.getMinutes()),
    S: two(now.getSeconds()),
    p: now.getHours() < 12 ? 'AM' : 'PM',
    F: `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
    T: `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`,
    // A date without a time zone has none to print.
    Z: '',
    z: '',
  };
  return format.replace(/%(-?[a-zA-Z%]|$|[\s\S])/g, (whole, directive: string) => {
    const text = Object.hasOwn(directives, directive) ? directives[directive] : undefined;
    if (text === undefined) throw new TemplateFault(`"strftime_now" with "${whole}" is not supported`);
    return text;
  });
}
