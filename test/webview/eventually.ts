import assert from 'node:assert/strict';

/** Fails unless a value becomes the expected one. */
export async function assertEventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    try {
      assert.deepEqual(value, expected);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
