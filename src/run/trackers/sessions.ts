import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { TrackedRun } from './trackedRun.ts';

/*
 * What TensorBoard's HPARAMS tab knows a run by: summaries that say when a session with which settings began and ended
 * (tensorboard/plugins/hparams/plugin_data.proto, api.proto; google/protobuf/struct.proto for the values).
 */

type Settings = NonNullable<TrackedRun['settings']>;

/** A float tensor without elements: such summaries hold metadata alone. Fields 1 dtype (1: float), 2 shape with one dimension of 0. */
const nothing = Uint8Array.of(0x08, 0x01, 0x12, 0x02, 0x12, 0x00);

/** `STATUS_SUCCESS`. */
const success = 1;

/** A summary of one value: fields 1 tag, 8 tensor, 9 metadata; of these 1 plugin data with 1 name, 2 content. */
function summary(tag: string, content: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(tag)
    .tag(8, WireType.LengthDelimited)
    .bytes(nothing)
    .tag(9, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string('hparams')
    .tag(2, WireType.LengthDelimited)
    .bytes(content)
    .join()
    .join()
    .join()
    .finish();
}

/** A `google.protobuf.Value`. */
function value(writer: BinaryWriter, setting: string | number): BinaryWriter {
  if (typeof setting === 'number') return writer.tag(2, WireType.Bit64).double(setting);
  return writer.tag(3, WireType.LengthDelimited).string(setting);
}

/** The summary with which a session begins. @param time seconds since 1970 */
export function sessionStart(settings: Settings, time: number): Uint8Array {
  const writer = new BinaryWriter().tag(3, WireType.LengthDelimited).fork();
  for (const [name, setting] of Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).fork();
    value(writer, setting).join().join();
  }
  return summary('_hparams_/session_start_info', writer.tag(5, WireType.Bit64).double(time).join().finish());
}

/** The summary with which it ends. */
export function sessionEnd(time: number): Uint8Array {
  const writer = new BinaryWriter().tag(4, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(success).tag(2, WireType.Bit64).double(time);
  return summary('_hparams_/session_end_info', writer.join().finish());
}
