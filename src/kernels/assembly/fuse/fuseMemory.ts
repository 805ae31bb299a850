/*
 * Where the fusion kernel's chunks lie. Memory never grows: four buffers of a chunk and some slack each, so that the last
 * vector may run over the end.
 */

// Reading and fusing take the same in chunks of 1 MiB. Writing does not: the page cache then takes memory in pieces as
// large, which may not be at hand, and 1.1 GB took 0.8 or 2.3 s (Linux 6.18, ext4); in these chunks 0.8 to 1.2 s.
export const CHUNK: i32 = 1 << 18;
const SLACK: i32 = 64;
export const SFT: usize = 1 << 16;
export const BASE: usize = SFT + CHUNK + SLACK;
export const MASK: usize = BASE + CHUNK + SLACK;
export const RESULT: usize = MASK + CHUNK + SLACK;
