/** The file inside a committed checkpoint that says how it was made. */
export const manifestName = 'rejuvenation.json';
