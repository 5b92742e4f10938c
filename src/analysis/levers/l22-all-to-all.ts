import { formatRatio } from '#base/units.ts'
import { namedRatio } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { collectiveFloor, floorStays } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor, inRole } from './step-time.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'all2all-backend'
const GATHERS = /AllGather|ReduceScatter|all_gather|reduce_scatter/
/** Tokens go to their experts only, where gathering sends all to all: a prior of this tool until trials replace it. */
const STAYS = { low: 0.4, high: 0.9 } as const

/** L22: experts exchange tokens by gathering all of them. */
export const allToAll: Lever = {
  id: 'L22',
  name: 'all2all-backend',
  title: 'Send tokens to their experts only',
  type: 'config',
  class: 'communication',
  engines: ['vllm', 'sglang'],
  cost: { hours: 4, why: 'DeepEP in the image, RDMA set up, and three pairs with the same max-num-batched-tokens' },
  changesAccuracy: false,
  reference: vllmSource('config/parallel.py'),
  check(evidence, deployment) {
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    if (deployment.expertParallel !== true) return nothing('experts are not spread over ranks')
    const families = inRole(evidence, 'communication')
    const total = families.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
    const gathers = families.reduce((sum, family) => sum + family.stepShare.value * namedRatio(family, GATHERS), 0)
    const part = total > 0 ? gathers / total : 0
    if (part < 0.5) return nothing('experts do not exchange tokens by gathering')
    const ceilingRatio = floor.share * part * (1 - STAYS.low)
    const small = belowTrial('gathering and scattering of tokens', ceilingRatio)
    if (small !== undefined) return small
    const to = deployment.engine === 'sglang' ? 'deepep' : 'deepep_low_latency'
    const open = wanted(deployment, KNOB, to)
    if ('none' in open) return open
    const [low, high] = floorStays(floor, 1 - part * (1 - STAYS.low), 1 - part * (1 - STAYS.high))
    return {
      part: 'communication-floor',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`communication=${factor(low, high)}`],
        assumptions: ['dispatch and combine keep 40 to 90 % of the floor of gathering: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to }],
      summary: `gathers and scatters hold ${formatRatio(part)} of the time in collectives of experts that are spread over ranks`,
      because: [floor.text, `all-gather and reduce-scatter take ${formatRatio(gathers)} of the step`],
      cites: [...floor.cites, ...families.map(({ stepShare }) => stepShare)],
      restsOn: ['step-time', 'communication', 'kernel-shares'],
      preconditions: [
        open,
        {
          what: 'DeepEP is in the image and ranks are joined by NVLink or RDMA',
          state: 'unknown',
          why: 'the image is not in the evidence',
        },
      ],
      risks: ['the default of max-num-batched-tokens drops to 256: state it in both arms', 'prefill wants deepep_high_throughput instead'],
      falsifier: 'the floor of dispatch and combine per layer is not below that of the gathers, or TPOT does not fall',
    }
  },
}
