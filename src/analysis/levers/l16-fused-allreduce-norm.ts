import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { formatBytes } from '#base/units.ts'
import { kernelNameOf, sayFamily } from './kernel-headroom.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'
import { type Message, messageOf, sizeOf } from './message-sizes.ts'
import { collectiveFloor, floorStays, mainCollective } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor, inRole } from './step-time.ts'
import { refusedBy, wanted } from './wanted-knob.ts'

const KNOB = 'fuse-allreduce-rms'

/** Norms behind an all-reduce vanish into it; the first and the last of the model stay. */
const NORM_STAYS = { low: 0, high: 0.05 } as const
/** The collective does the norm’s work too, and one launch less. A prior of this tool until trials replace it. */
const FLOOR_STAYS = { low: 0.85, high: 1 } as const

/** L16: all-reduce, residual and RMSNorm in one kernel. */
export const fusedAllReduceNorm: Lever = {
  id: 'L16',
  name: 'fused-allreduce-norm',
  title: 'Fuse RMSNorm into the all-reduce before it',
  type: 'config',
  class: 'communication',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one flag, a restart that compiles again, three pairs and a comparison of answers' },
  changesAccuracy: false,
  reference: vllmSource('compilation/passes/fusion/allreduce_rms_fusion.py'),
  check(evidence, deployment) {
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    const collective = mainCollective(evidence)
    const norm = inRole(evidence, 'norm').find(({ family }) => family === 'norm')
    if (collective === undefined || norm === undefined) return nothing('no all-reduce with norms beside it is known')
    if (collective.family === 'fused-allreduce') return nothing(`already so: ${kernelNameOf(collective)} runs`)
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const message = messageOf(evidence, deployment)
    const preconditions = [open, parallel(deployment), size(deployment, message)]
    const refused = refusedBy(preconditions)
    if (refused !== undefined) return refused
    const ceilingRatio = Math.min(1, norm.stepShare.value + floor.share * (1 - FLOOR_STAYS.low))
    const small = belowTrial('norms and one launch of each all-reduce', ceilingRatio)
    if (small !== undefined) return small
    const said = sayFamily(norm)
    return {
      part: 'communication-and-norm',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [
          `kernels:${norm.family}=${factor(NORM_STAYS.low, NORM_STAYS.high)}`,
          `communication=${factor(...floorStays(floor, FLOOR_STAYS.low, FLOOR_STAYS.high))}`,
        ],
        assumptions: ['norms become part of the all-reduce', 'the floor of an all-reduce keeps 85 to 100 %: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `${kernelNameOf(collective)} and ${kernelNameOf(norm)} are kernels of their own: fuse them`,
      because: [said.text, floor.text, ...(message === undefined ? [] : [`an all-reduce of decode moves ${formatBytes(message.bytes)}`])],
      cites: [...said.cites, ...floor.cites, ...(message?.cites ?? [])],
      restsOn: ['step-time', 'communication', 'kernel-shares'],
      preconditions,
      risks: [
        'sums are rounded otherwise: compare answers at temperature 0',
        'steps with more tokens than the table allows keep the two kernels',
      ],
      falsifier: 'norm kernels stay in the layers, or TPOT does not fall',
    }
  },
}

/** TP with DP or PP is documented as broken (vLLM issues 34458 and 35426). */
function parallel({ engine, tensorParallel, dataParallel, pipelineParallel, computeCapability }: Deployment): Precondition {
  const what = 'tensor parallelism of 2, 4, 8 or 16 alone, on a GPU of the table'
  const known = { tensorParallel, dataParallel, pipelineParallel, computeCapability }
  const missing = Object.entries(known).find(([, value]) => value === undefined)?.[0]
  if (tensorParallel !== undefined && ![2, 4, 8, 16].includes(tensorParallel))
    return { what, state: 'unmet', why: `it is ${tensorParallel}` }
  if (engine === 'vllm' && (dataParallel ?? 1) > 1) return { what, state: 'unmet', why: 'the fusion is broken beside data parallelism' }
  if (engine === 'vllm' && (pipelineParallel ?? 1) > 1)
    return { what, state: 'unmet', why: 'the fusion is broken beside pipeline parallelism' }
  if (computeCapability !== undefined && !/^(?:9\.0|10\.)/.test(computeCapability)) {
    return { what, state: 'unmet', why: `compute capability ${computeCapability} is not in the table` }
  }
  if (missing !== undefined) return { what, state: 'unknown', why: `${missing} is not known` }
  return { what, state: 'met', why: `${tensorParallel ?? ''} ranks, compute capability ${computeCapability ?? ''}` }
}

function size(deployment: Deployment, message: Message | undefined): Precondition {
  const what = 'the all-reduce is small enough to be fused'
  const largest = sizeOf('fused', deployment)
  if (message === undefined || largest === undefined)
    return { what, state: 'unknown', why: 'its size, or the limit on this GPU, is not known' }
  const why = `it moves ${formatBytes(message.bytes)} of at most ${formatBytes(largest)}`
  return { what, state: message.bytes <= largest ? 'met' : 'unmet', why }
}
