/** Contexts of targets that a page asks for at once. */
export const mostContexts = 500;
