import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../../files/threads/fault.ts';
import { LinePlace } from '../linePlace.ts';
import { encodePromptsHere } from '../promptEncoder.ts';
import type { CalibrationSample } from '../sample.ts';
import { readSamples, type SampleOptions } from '../samples.ts';
import { readTokenizer, type TextTokenizer } from '../tokenizer/tokenizer.ts';
import { runText, tokenText } from '../tokenizer/tokenText.ts';
import type { TokenizerAnswer, TokenizerOutcome, TokenizerTask, TokenizerWorkerData } from './tokenizerMessages.ts';

/* The thread of the process that tokenises; what it is held up by, the process's other thread sees. */

/** Ids that are sent at once, at least: 1 MB. */
const batchIds = 2 ** 18;

function send(outcome: TokenizerOutcome): void {
  parentPort!.postMessage(outcome);
}

function answer(part: TokenizerAnswer): void {
  send({ type: 'answer', answer: part });
}

/** Waits until the host was told: the work may end the whole process, which then tells nothing. */
function placeOf({ place, told }: TokenizerWorkerData): LinePlace {
  const flag = new Int32Array(told);
  return new LinePlace(place, (now) => {
    Atomics.store(flag, 0, 0);
    send({ type: 'place', place: now });
    Atomics.wait(flag, 0, 0);
  });
}

async function sendCalibration(options: SampleOptions, place: LinePlace): Promise<void> {
  let batch: CalibrationSample[] = [];
  let held = 0;
  const flush = () => {
    answer({ type: 'samples', samples: batch });
    batch = [];
    held = 0;
  };
  const findings = await readSamples(options, place, (sample) => {
    batch.push(sample);
    held += sample.ids.length;
    if (held >= batchIds) flush();
  });
  flush();
  answer({ type: 'findings', findings });
}

function textsOf(
  task: Extract<TokenizerTask, { type: 'texts' | 'runs' | 'answers' }>,
  tokenizer: TextTokenizer,
): readonly string[] {
  switch (task.type) {
    case 'texts':
      return Array.from(task.ids, (id) => tokenText(tokenizer, id));
    case 'runs':
      return task.runs.map((run) => runText(tokenizer, run));
    case 'answers':
      return task.runs.map((run) => tokenizer.decode(run));
  }
}

async function work(): Promise<void> {
  // Its starter passes exactly this.
  const data = workerData as TokenizerWorkerData;
  const { task } = data;
  try {
    if (task.type === 'calibration') {
      await sendCalibration(task.options, placeOf(data));
    } else if (task.type === 'prompts') {
      const encoded = await encodePromptsHere(task.options, task.prompts, placeOf(data));
      answer({ type: 'prompts', encoded });
    } else {
      const tokenizer = await readTokenizer(task.tokenizerPath);
      answer({ type: 'texts', texts: textsOf(task, tokenizer) });
    }
    send({ type: 'done' });
  } catch (error) {
    send(faultOf(error));
  }
}

void work();
