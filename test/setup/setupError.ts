/** Something that the end-to-end tests need cannot be had here; the message says what and what to do. */
export class SetupError extends Error {
  override name = 'SetupError';
}
