import assert from 'node:assert/strict';
import { DiffThread } from '../../../../src/comparison/weights/threads/diffThread.ts';
import { keepThread, takeThread } from '../../../../src/comparison/weights/threads/keptThreads.ts';

describe('kept threads', () => {
  it('are taken again, but not one that has ended', async () => {
    const [ended, kept] = [new DiffThread(), new DiffThread()];
    try {
      keepThread(ended);
      keepThread(kept);
      await ended.end(new Error('over'));
      const taken: DiffThread[] = [];
      // Other tests' may have been kept before.
      while (taken.at(-1) !== kept) {
        taken.push(takeThread());
        assert.ok(taken.length < 100);
      }
      assert.ok(!taken.includes(ended));
      const next = takeThread();
      assert.notEqual(next, kept);
      await Promise.all([...taken, next].map((thread) => thread.end(new Error('over'))));
    } finally {
      await Promise.all([ended, kept].map((thread) => thread.end(new Error('over'))));
    }
  });

  it('tell why they ended to who asks later', async () => {
    const thread = new DiffThread();
    await thread.end(new Error('over'));
    await assert.rejects(thread.close(), { message: 'over' });
  });
});
