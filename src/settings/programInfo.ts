import manifest from '../../package.json' with { type: 'json' };

/** Name and version of this program, as records state them. */
export const program = { name: manifest.name, version: manifest.version } as const;
