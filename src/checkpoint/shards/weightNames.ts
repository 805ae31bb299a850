/* The files in which a Hugging Face checkpoint's weights are found. */

export const singleName = 'model.safetensors';
export const indexName = 'model.safetensors.index.json';
