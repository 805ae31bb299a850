import { hashInput } from '../reading/readInput.ts';
import { answerTasks } from '../threads/answerTasks.ts';
import type { HashTask } from './hashFiles.ts';

/* What runs in a thread that hashes. */

answerTasks(({ path, kind }: HashTask) => hashInput(path, kind));
