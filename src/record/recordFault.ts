/** What a record says that cannot be true; the reader adds the file's name. */
export class RecordFault extends Error {}
