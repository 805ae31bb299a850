/*
 * ONNX Runtime 1.30 carries its vendor's telemetry, switched on: with its first session a process looks up the vendor's host
 * and leaves a database in the cache folder and a log in the temporary one. When that session is made it asks this variable
 * whether it may. No process of ours sends anything, so it may not, whatever the environment says.
 */

/** What the environment of a process that loads ONNX Runtime must say. */
export const noTelemetry = { ORT_DISABLE_TELEMETRY: '1' } as const;
