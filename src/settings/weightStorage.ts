/**
 * How a device holds a model's matrices: widened to float32 once, or with the bytes of the checkpoint (two a parameter of
 * bf16 or f16) and widened at every use. What is computed is float32 and the same.
 */
export const weightForms = ['float32', 'stored'] as const;
export type WeightForm = (typeof weightForms)[number];

/** What may be asked for; `auto` leaves it to the plan of each request. */
export const weightStorages = ['auto', ...weightForms] as const;
export type WeightStorage = (typeof weightStorages)[number];
