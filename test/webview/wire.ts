/* Messages with typed arrays as bytes, for a page that talks to its host over HTTP. */

const arrayTypes = { Int32Array, Uint32Array, Float32Array, Float64Array, Uint8Array } as const;
type ArrayName = keyof typeof arrayTypes;

function arrayName(value: unknown): ArrayName | undefined {
  return (Object.keys(arrayTypes) as ArrayName[]).find((name) => value instanceof arrayTypes[name]);
}

/** `[u32 JSON length][JSON][bytes…]`; a typed array is `{ $array, at, length }` in the JSON, `at` a multiple of 8. */
export function encoded(message: unknown): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  const json = Buffer.from(
    JSON.stringify(message, (_, value: unknown) => {
      const name = arrayName(value);
      if (name === undefined) return value;
      const array = value as InstanceType<(typeof arrayTypes)[ArrayName]>;
      const placed = { $array: name, at, length: array.length };
      const padding = Buffer.alloc((8 - (array.byteLength % 8)) % 8);
      parts.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength), padding);
      at += array.byteLength + padding.length;
      return placed;
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ...parts]);
}

/**
 * A script for the page around the inspector's frame: it passes what the frame posts on to the host, and the replies
 * back as VS Code would, typed arrays and all.
 */
export const relayScript = `
const frame = document.querySelector('iframe');
const page = crypto.randomUUID();
let posted = 0;
const types = { Int32Array, Uint32Array, Float32Array, Float64Array, Uint8Array };
async function decoded(response) {
  const buffer = await response.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const bytes = buffer.slice(4 + length);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)), (_, value) =>
    value && value.$array ? new types[value.$array](bytes.slice(value.at, value.at + value.length * types[value.$array].BYTES_PER_ELEMENT)) : value);
}
addEventListener('message', async ({ data, source }) => {
  if (source !== frame.contentWindow) return;
  const body = JSON.stringify(data, (_, value) => (value instanceof Uint8Array ? { $bytes: Array.from(value) } : value));
  const headers = { 'x-page': page, 'x-order': String(posted++) };
  const reply = await decoded(await fetch('/host', { method: 'POST', headers, body }));
  if (reply.message) frame.contentWindow.postMessage(reply.message, '*');
});
addEventListener('tell', ({ detail }) => frame.contentWindow.postMessage(detail, '*'));
`;

/** A message as the page sent it, bytes restored. */
export function decodedMessage(body: string): unknown {
  return JSON.parse(body, (_, value: unknown) => {
    const bytes = typeof value === 'object' && value !== null ? (value as { $bytes?: number[] }).$bytes : undefined;
    return bytes === undefined ? value : Uint8Array.from(bytes);
  });
}
