import { noTelemetry } from './telemetry.ts';

// Imported before the runtime by whatever loads it, so that it is silent also in a process that was not started as ours are.
Object.assign(process.env, noTelemetry);
