/** A device that ONNX Runtime can run on. */
export const devices = ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'] as const;
export type Device = (typeof devices)[number];
export type DeviceChoice = Device | 'auto';
