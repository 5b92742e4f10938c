/** Levers of the host, of communication, of late ranks, of copies and of clocks: one line each. */
import { asyncScheduling } from './l01-async-scheduling.ts'
import { eagerDecode } from './l02-eager-decode.ts'
import { graphMode } from './l03-graph-mode.ts'
import { graphPadding } from './l04-graph-padding.ts'
import { sampler } from './l05-sampler.ts'
import { logitsGather } from './l06-logits-gather.ts'
import { apiServers } from './l07-api-servers.ts'
import { streamInterval } from './l08-stream-interval.ts'
import { tokenizer } from './l09-tokenizer.ts'
import { workerPacing } from './l10-worker-pacing.ts'
import { pageableCopies } from './l11-pageable-copies.ts'
import { modelRunner } from './l12-runner.ts'
import { structuredOutput } from './l13-structured-output.ts'
import { eagerResidue } from './l14-eager-residue.ts'
import { allReduceBackend } from './l15-allreduce-backend.ts'
import { fusedAllReduceNorm } from './l16-fused-allreduce-norm.ts'
import { sizeTables } from './l17-size-tables.ts'
import { fewerRanks } from './l18-fewer-ranks.ts'
import { allToAll } from './l22-all-to-all.ts'
import { communicationOverlap } from './l23-comm-overlap.ts'
import { straggler } from './l37-straggler.ts'
import { clocks } from './l38-clocks.ts'
import { offloadCopies } from './l48-offload-copies.ts'
import { compileInServing } from './l49-compile-in-serving.ts'
import { observability } from './l50-observability.ts'
import type { Lever } from './lever.ts'

export const leversOfStep: readonly Lever[] = [
  asyncScheduling,
  eagerDecode,
  graphMode,
  graphPadding,
  sampler,
  logitsGather,
  apiServers,
  streamInterval,
  tokenizer,
  workerPacing,
  pageableCopies,
  modelRunner,
  structuredOutput,
  eagerResidue,
  allReduceBackend,
  fusedAllReduceNorm,
  sizeTables,
  fewerRanks,
  allToAll,
  communicationOverlap,
  straggler,
  clocks,
  offloadCopies,
  compileInServing,
  observability,
]
