import { InputError } from '../../errors.ts';
import { shown, shownBytes, shownShape } from '../../files/reading/shown.ts';
import { isJsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';
import { type Dtype, dtypeBytes } from './dtype.ts';

/* Reads and checks the header of a safetensors file, which lists its tensors and where their bytes lie. */

/** One tensor as a safetensors header lists it. */
export interface HeaderTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, from the start of the data. */
  readonly begin: number;
  /** Byte after the last, from the start of the data. */
  readonly end: number;
}

/** The header of a safetensors file, every promise of the format checked. */
export interface SafetensorsHeader {
  /** In file order. */
  readonly tensors: readonly HeaderTensor[];
  /** `__metadata__`, e.g. `format` = `pt`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Position of the data in the file: 8 + header length. */
  readonly dataStart: number;
  /** Size of the whole file. */
  readonly fileBytes: number;
}

/** Bytes that hold the header's length: an unsigned 64-bit little-endian integer. */
export const lengthBytes = 8;
/** The most that the format allows a header to have. */
export const maxHeaderBytes = 100_000_000;

/** How large a header may be: parsed, values take many times the bytes that spell them. */
export interface HeaderLimits {
  readonly bytes: number;
  /** Names and numbers in all. */
  readonly values: number;
}

/** A header as long as the format allows, of tensors listed as short as can be: 7 values in 50 bytes. */
export const formatLimits: HeaderLimits = { bytes: maxHeaderBytes, values: (maxHeaderBytes / 50) * 7 };

/**
 * A header of a checkpoint or an adapter. The largest dense models have 3,000 tensors and a header of 0.5 MB, an adapter has
 * three tensors a module; parsing takes ten times the bytes of what it is given.
 */
export const modelLimits: HeaderLimits = { bytes: 32_000_000, values: 2_000_000 };

/** Axes of a tensor; no framework has more. */
const maxAxes = 64;

const again = 'download or copy it again';
/** Element types of the format whose values this project cannot read. */
const unsupportedDtypes = /^(F8_|F6_|F4|C64$)/;
/** Half of a character, which JSON's escapes can spell but UTF-8 cannot. */
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Length of the header in bytes, from the first 8 bytes of a file.
 *
 * @param prefix the file's first bytes: 8, or fewer where it has fewer
 * @param where the file's path, for messages
 * @throws InputError when the file cannot hold such a header
 */
export function safetensorsHeaderLength(
  prefix: Uint8Array,
  fileBytes: number,
  where: string,
  limits: HeaderLimits = formatLimits,
): number {
  if (fileBytes === 0) throw new InputError(`"${where}" is empty: ${again}.`);
  if (prefix.length < lengthBytes || fileBytes < lengthBytes) {
    throw new InputError(
      `"${where}" is truncated: a safetensors file starts with 8 bytes that give its header's length, ` +
        `but it has only ${shownBytes(fileBytes)}; ${again}.`,
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  // "version " of "version https://git-lfs.github.com/spec/v1".
  if (view.getBigUint64(0) === 0x76657273696f6e20n) {
    throw new InputError(`"${where}" is a Git LFS pointer, not the file itself: run "git lfs pull" in its folder.`);
  }
  const length = view.getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw new InputError(
      `"${where}" is not a safetensors file: its header would have ${shownBytes(length)}, ` +
        `but the format allows at most ${shownBytes(maxHeaderBytes)}.`,
    );
  }
  const follow = fileBytes - lengthBytes;
  if (length > follow) {
    throw new InputError(
      `"${where}" is truncated: its header should have ${shownBytes(length)}, but only ${shownBytes(follow)} follow; ${again}.`,
    );
  }
  if (length > limits.bytes) {
    throw new InputError(
      `"${where}" is refused: its header has ${shownBytes(length)}, more than the ${shownBytes(limits.bytes)} expected of a checkpoint's.`,
    );
  }
  return Number(length);
}

/** Product of the sizes, or undefined where it is beyond exact integers. */
function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0);
}

function parseTensor(name: string, value: unknown, where: string): HeaderTensor {
  const refuse = (text: string): InputError => new InputError(`"${where}": tensor ${shown(name)} ${text}.`);
  if (loneSurrogate.test(name)) throw refuse('has a name that is not valid Unicode');
  if (!isJsonObject(value)) throw refuse('is not described by a JSON object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw refuse('has no dtype');
  if (!Object.hasOwn(dtypeBytes, dtype)) {
    if (unsupportedDtypes.test(dtype)) {
      throw refuse(`has the dtype ${shown(dtype)}, which is not supported: use a checkpoint in BF16, F16 or F32`);
    }
    throw refuse(`has the unknown dtype ${shown(dtype)}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw refuse(`has the shape ${shown(shape)}, which is not a list of whole numbers from 0 up`);
  }
  if (shape.length > maxAxes) throw refuse(`has ${shape.length} axes, more than the ${maxAxes} that a tensor may have`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw refuse(`has the data_offsets ${shown(offsets)}, which are not two whole numbers from 0 up`);
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) throw refuse(`ends at byte ${end} of the data, before its begin at ${begin}`);
  const element = dtypeBytes[dtype as Dtype];
  const bytes = elementCount([...shape, element]);
  if (bytes === undefined) throw refuse(`has the shape ${shownShape(shape)}, which is too large to exist`);
  if (bytes !== end - begin) {
    throw refuse(
      `is ${dtype} ${shownShape(shape)} and so has ${shownBytes(bytes)}, but its data_offsets span ${shownBytes(end - begin)}`,
    );
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

function parseMetadata(value: unknown, where: string): ReadonlyMap<string, string> {
  // As the safetensors library reads it.
  if (value === null) return new Map();
  if (!isJsonObject(value)) throw new InputError(`"${where}": "__metadata__" of its header is not a JSON object.`);
  return new Map(
    Object.entries(value).map(([key, text]) => {
      if (typeof text === 'string' && !loneSurrogate.test(key + text)) return [key, text];
      throw new InputError(
        `"${where}": ${shown(key)} in the "__metadata__" of its header is not a string of valid Unicode.`,
      );
    }),
  );
}

/** Checks that the tensors, sorted by place, fill the data from its start to its end, each byte once. */
function checkContiguous(tensors: readonly HeaderTensor[], dataBytes: number, where: string): void {
  let end = 0;
  let previous: string | undefined;
  for (const tensor of tensors) {
    if (tensor.begin > end) {
      const place =
        previous === undefined
          ? `before tensor ${shown(tensor.name)}`
          : `between tensors ${shown(previous)} and ${shown(tensor.name)}`;
      throw new InputError(`"${where}": no tensor owns the ${shownBytes(tensor.begin - end)} ${place}.`);
    }
    if (tensor.begin < end) {
      throw new InputError(
        `"${where}": the bytes of tensors ${shown(previous)} and ${shown(tensor.name)} overlap by ${shownBytes(end - tensor.begin)}.`,
      );
    }
    end = tensor.end;
    previous = tensor.name;
  }
  if (dataBytes < end) {
    throw new InputError(
      `"${where}" is truncated: its tensors have ${shownBytes(end)}, but the file holds only ${shownBytes(dataBytes)} of them; ${again}.`,
    );
  }
  if (dataBytes > end) {
    throw new InputError(
      `"${where}" is too long: its tensors end ${shownBytes(dataBytes - end)} before the file does; ${again}.`,
    );
  }
}

/**
 * Parses and checks a safetensors header (https://huggingface.co/docs/safetensors, "Format").
 *
 * @param headerBytes the header without the 8 bytes before it
 * @param fileBytes size of the whole file
 * @param where the file's path, for messages
 * @throws InputError for anything that the format does not allow or that this project does not read
 */
export function parseSafetensorsHeader(
  headerBytes: Uint8Array,
  fileBytes: number,
  where: string,
  limits: HeaderLimits = formatLimits,
): SafetensorsHeader {
  if (headerBytes[0] !== 0x7b) {
    throw new InputError(`"${where}" is not a safetensors file: its header does not start with "{".`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(headerBytes);
  } catch (error) {
    throw new InputError(`"${where}" is not a safetensors file: its header is not UTF-8.`, { cause: error });
  }
  const json = parseStrictJson(text, `The header of "${where}"`, limits.values);
  if (!isJsonObject(json)) throw new InputError(`The header of "${where}" is not a JSON object.`);
  let metadata: ReadonlyMap<string, string> = new Map();
  const tensors: HeaderTensor[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = parseMetadata(value, where);
    else tensors.push(parseTensor(name, value, where));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const dataStart = lengthBytes + headerBytes.length;
  checkContiguous(tensors, fileBytes - dataStart, where);
  return { tensors, metadata, dataStart, fileBytes };
}
