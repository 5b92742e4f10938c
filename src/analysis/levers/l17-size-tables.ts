import { formatBytes } from '#base/units.ts'
import { knobFlag } from './effective-knob.ts'
import { kernelNameOf, namedRatio } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { messageOf, sizeOf } from './message-sizes.ts'
import { collectiveFloor, floorStays, mainCollective } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor } from './step-time.ts'

/** Up to this many times the limit the small-message kernel may still be the faster one; beyond, bandwidth decides. */
const NEAR = 2
const STAYS = { low: 0.6, high: 1 } as const

/** L17: the all-reduce of this batch lies just above a limit of the tables. */
export const sizeTables: Lever = {
  id: 'L17',
  name: 'allreduce-size-tables',
  title: 'Move the size limit of custom all-reduce for this GPU',
  type: 'vllm-src',
  class: 'communication',
  engines: ['vllm'],
  cost: { hours: 8, why: 'a sweep of the communicator benchmark around the limit, a table entry, and pairs at two concurrencies' },
  changesAccuracy: false,
  reference: vllmSource('distributed/device_communicators/all_reduce_utils.py'),
  check(evidence, deployment) {
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    const family = mainCollective(evidence)
    const message = messageOf(evidence, deployment)
    const limit = sizeOf('custom', deployment)
    if (family === undefined || message === undefined || limit === undefined)
      return nothing('the size of the all-reduce, or its limit, is not known')
    if (knobFlag(deployment, 'custom-all-reduce') !== true) return nothing('custom all-reduce is off, or not known to be on')
    if (family.family === 'fused-allreduce' || namedRatio(family, /cross_device_reduce/) >= 0.5)
      return nothing(`${kernelNameOf(family)} runs: the limit is not what decides`)
    if (message.bytes < limit || message.bytes > NEAR * limit) {
      return nothing(`an all-reduce of ${formatBytes(message.bytes)} is not just above the limit of ${formatBytes(limit)}`)
    }
    const ceilingRatio = floor.share * (1 - STAYS.low)
    const small = belowTrial('the floor of collectives', ceilingRatio)
    if (small !== undefined) return small
    const sizes = `an all-reduce moves ${formatBytes(message.bytes)}, the limit of custom all-reduce is ${formatBytes(limit)}`
    return {
      part: 'communication-floor',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`communication=${factor(...floorStays(floor, STAYS.low, STAYS.high))}`],
        assumptions: [
          'just above the limit the small-message kernel keeps 60 to 100 % of the floor: a prior of this tool, to be measured by the sweep first',
        ],
      },
      source: {
        file: 'vllm/distributed/device_communicators/all_reduce_utils.py',
        symbol: 'CUSTOM_ALL_REDUCE_MAX_SIZES',
        sketch:
          'Measure custom all-reduce against the kernel that runs now with benchmarks/kernels/benchmark_device_communicators.py from half to four times the limit; set the entry of this GPU and world size to where they cross.',
      },
      summary: `${sizes}: ${kernelNameOf(family)} runs in its place`,
      because: [floor.text, sizes],
      cites: [...floor.cites, ...message.cites],
      restsOn: ['step-time', 'communication'],
      preconditions: [],
      risks: ['the entry holds for one GPU, one number of ranks and one topology'],
      falsifier:
        'the sweep does not show the two kernels crossing above the limit; or TPOT at this concurrency does not fall, or one far away changes',
    }
  },
}
