/** Most rows, and most columns, of a tensor's single elements that are read to be looked at. */
export const maxWindowSide = 512;
