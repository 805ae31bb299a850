/** Repeats an assertion until it holds. @throws what it threw last, when the time is up */
export async function eventually(assertion: () => Promise<void> | void, timeout = 90_000): Promise<void> {
  const until = Date.now() + timeout;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
