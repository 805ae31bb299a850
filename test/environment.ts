/** Variables of the environment that a test sets for a while, in this process and in those that it starts. */

/**
 * Sets variables of this process's environment.
 * @param values by name; undefined removes one
 * @returns puts every one of them back as it was, or away where it was not there
 */
export function setEnvironment(values: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  assign(values);
  return () => assign(before);
}

function assign(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
