/** Levers of the host, of communication, of late ranks, of copies and of clocks: one line each. */
import { asyncScheduling } from './l01-async-scheduling.ts'
import { eagerDecode } from './l02-eager-decode.ts'
import { pageableCopies } from './l11-pageable-copies.ts'
import { allReduceBackend } from './l15-allreduce-backend.ts'
import { fusedAllReduceNorm } from './l16-fused-allreduce-norm.ts'
import { straggler } from './l37-straggler.ts'
import { clocks } from './l38-clocks.ts'
import { offloadCopies } from './l48-offload-copies.ts'
import type { Lever } from './lever.ts'

export const leversOfStep: readonly Lever[] = [
  asyncScheduling,
  eagerDecode,
  pageableCopies,
  allReduceBackend,
  fusedAllReduceNorm,
  straggler,
  clocks,
  offloadCopies,
]
