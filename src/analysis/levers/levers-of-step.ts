/** Levers of the host, of communication, of late ranks, of copies and of clocks: one line each. */
import type { Lever } from './lever.ts'

export const leversOfStep: readonly Lever[] = []
