/* Names that training code puts before every tensor's name when it saves a wrapped model. */

/** torch.compile, DataParallel, peft, and the text half of a model saved from inside a larger one. */
const wrappers = ['_orig_mod.', 'module.', 'base_model.model.', 'language_model.'];

/** What every name begins with that is a wrapper's, or several within each other; empty where there is none. */
export function wrapperPrefix(names: Iterable<string>): string {
  const all = [...names];
  let prefix = '';
  for (;;) {
    const next = wrappers.find((wrapper) => all.length > 0 && all.every((name) => name.startsWith(prefix + wrapper)));
    if (next === undefined) return prefix;
    prefix += next;
  }
}
