import { z } from 'zod';
import type { Device, DeviceChoice } from '../settings/devices.ts';

/* The boundary between the page of devices and the extension host, which tries them. */

const requestSchema = z.discriminatedUnion('name', [
  /** `again`: tries every device anew, however lately they were tried. */
  z.strictObject({ name: z.literal('report'), again: z.boolean() }),
  z.strictObject({ name: z.literal('copy') }),
]);
export type DevicesRequest = z.infer<typeof requestSchema>;

const actionSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('install') }),
  z.strictObject({ name: z.literal('choose') }),
]);
export type DevicesAction = z.infer<typeof actionSchema>;

export const devicesPageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id: z.int().nonnegative(), request: requestSchema }),
  z.strictObject({ type: z.literal('action'), action: actionSchema }),
]);
/** From the page to the host. */
export type DevicesPageMessage = z.infer<typeof devicesPageMessageSchema>;

/** One device as people read of it. */
export interface ShownDevice {
  readonly device: Device;
  /** `NVIDIA GPU (CUDA)`. */
  readonly title: string;
  readonly available: boolean;
  /** A run started now takes it. */
  readonly used: boolean;
  /** Why it cannot be used; '' where it can. A sentence, which may quote what a driver or loader said. */
  readonly reason: string;
  /** What to do about it; '' where there is nothing to do. */
  readonly advice: string;
}

/** What this machine has to compute with. */
export interface DevicesReport {
  /** Version of ONNX Runtime; '' where it does not load. */
  readonly runtime: string;
  /** The setting `rejuvenation.device`. */
  readonly choice: DeviceChoice;
  /** What a run would do now, in a sentence. */
  readonly verdict: string;
  /** Fastest first. */
  readonly devices: readonly ShownDevice[];
  /** A line each. */
  readonly gpus: readonly string[];
  /** CUDA's libraries by where they are; none where no CUDA provider is installed. */
  readonly libraries: readonly { readonly names: readonly string[]; readonly place: string }[];
  /** Folder of the CUDA runtime that was installed; undefined where none is. */
  readonly cudaRuntime: string | undefined;
  /** The CUDA runtime can be installed on this platform. */
  readonly canInstall: boolean;
}

/** What each request is answered with. */
export interface DevicesResults {
  readonly report: DevicesReport;
  readonly copy: undefined;
}

/** From the host to the page, beside replies: something changed, ask for the report again. */
export type DevicesHostMessage = { readonly type: 'changed' };
