import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './maskedCrc32c.ts';
import { sessionEnd, sessionStart } from './sessions.ts';
import type { TrackedPoint, TrackedRun } from './trackedRun.ts';

/*
 * TensorBoard's event files: records of TFRecord, each a protocol buffer `Event` (tensorboard/compat/proto/event.proto, summary.proto).
 * Fields are written by their numbers: 1 wall_time, 2 step, 3 file_version, 5 summary; of a summary's value 1 tag, 2 simple_value.
 */

/** What every file begins with. */
const fileVersion = 'brain.Event:2';

function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

function event(time: number): BinaryWriter {
  return new BinaryWriter().tag(1, WireType.Bit64).double(time);
}

function pointEvent({ step, time, values }: TrackedPoint): Uint8Array {
  const writer = event(time);
  // What is zero is not written, as every writer of this format does.
  if (step !== 0) writer.tag(2, WireType.Varint).int64(step);
  writer.tag(5, WireType.LengthDelimited).fork();
  for (const [name, value] of values) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.Bit32).float(value).join();
  }
  return writer.join().finish();
}

function summaryEvent(time: number, summary: Uint8Array): Uint8Array {
  return event(time).tag(5, WireType.LengthDelimited).bytes(summary).finish();
}

/**
 * An event file with an event a point; values are rounded to float32, as the format has them.
 *
 * @param settings for the HPARAMS tab; the run is a session with them
 */
export function eventFile(points: readonly TrackedPoint[], settings?: TrackedRun['settings']): Uint8Array {
  const time = points[0]?.time ?? 0;
  const first = event(time).tag(3, WireType.LengthDelimited).string(fileVersion).finish();
  const events = points.map(pointEvent);
  if (settings !== undefined) {
    events.unshift(summaryEvent(time, sessionStart(settings, time)));
    events.push(summaryEvent(time, sessionEnd(time)));
  }
  return Buffer.concat([first, ...events].map(record));
}
