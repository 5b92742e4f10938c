/** What carried a match, in words. */
import type { JoinLevel } from './kernel-join.ts'

export const levelWords: Readonly<Record<JoinLevel, string>> = {
  mangled: 'equal symbols',
  demangled: 'equal names, one spelling',
  'short-name-and-shape': 'equal function, grid and block',
  normalized: 'variants of one kernel',
  'short-name': 'equal function, no more of the name known',
  family: 'one family',
}
