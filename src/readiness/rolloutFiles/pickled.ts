import { InputError } from '../../errors.ts';
import { InputFile } from '../../files/reading/inputFile.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { quotedPath } from '../../files/reading/shown.ts';

/* Refuses rollouts that were saved by torch.save or pickle, as slime's debug data are, and says what to do instead. */

/**
 * A pickle runs code when it is read, so none is read here.
 *
 * @throws InputError when the file is one, by its first bytes, or cannot be opened
 */
export function refusePickled(path: string): void {
  const input = new InputFile(path, inputKinds.calibration);
  let head: Buffer;
  try {
    head = Buffer.alloc(Math.min(4096, input.byteLength));
    input.read(head, 0);
  } finally {
    input.close();
  }
  const zipped = head.toString('latin1', 0, 4) === 'PK\x03\x04' && head.includes('data.pkl');
  const pickle = head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5;
  if (!zipped && !pickle) return;
  throw new InputError(
    `${quotedPath(path)} is a PyTorch or pickle file, as slime's --save-debug-rollout-data writes. Such files run code when they are read, and are not read here. Where you trust it, write its samples as JSONL with Python: torch.load(FILE, weights_only=False)["samples"], a line of json.dumps(sample, default=str) for each.`,
  );
}
