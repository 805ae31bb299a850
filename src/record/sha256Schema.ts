import { z } from 'zod';

/** A SHA-256 in a record. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');
