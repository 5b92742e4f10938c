import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { formatBytes } from '#base/units.ts'
import { knobFlag } from './effective-knob.ts'
import { kernelNameOf, namedRatio, sayFamily } from './kernel-headroom.ts'
import { type KnobSetting, type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'
import { type Message, messageOf, sizeOf } from './message-sizes.ts'
import { collectiveFloor, floorStays, mainCollective } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor } from './step-time.ts'
import { refusedBy, wanted } from './wanted-knob.ts'

/** Rings and trees of NCCL; its symmetric kernels (ncclSymDevKernel) are what would be switched to. */
const RING = /ncclDevKernel_AllReduce_|ncclKernel_AllReduce_/
/** An all-reduce over peer memory against NCCL’s ring at decode sizes: a prior of this tool, by the ratios in all_reduce_utils.py:85-109. */
const CUSTOM_STAYS = { low: 0.4, high: 0.6 } as const
/** NCCL’s own symmetric kernels against its ring: the same table compares them with custom all-reduce only. */
const SYMMETRIC_STAYS = { low: 0.5, high: 0.9 } as const

interface Backend {
  readonly setting: KnobSetting
  readonly stays: { readonly low: number; readonly high: number }
  readonly text: string
  readonly preconditions: readonly Precondition[]
}

/** L15: all-reduces of decode on the back end that is made for their size. */
export const allReduceBackend: Lever = {
  id: 'L15',
  name: 'allreduce-backend',
  title: 'Run small all-reduces on the back end made for their size',
  type: 'config',
  class: 'communication',
  engines: ['vllm'],
  cost: { hours: 1, why: 'one flag, a restart and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('distributed/device_communicators/all_reduce_utils.py'),
  check(evidence, deployment) {
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    const family = mainCollective(evidence)
    if (family === undefined || namedRatio(family, RING) < 0.5) {
      return nothing(
        family === undefined
          ? 'no collective is known'
          : `all-reduces run ${kernelNameOf(family)}: the choice for their size is made already`,
      )
    }
    const backend = betterBackend(evidence, deployment)
    if ('none' in backend) return backend
    const ceilingRatio = floor.share * (1 - backend.stays.low)
    const small = belowTrial('the floor of collectives', ceilingRatio)
    if (small !== undefined) return small
    const preconditions = [...backend.preconditions, ...sameNode(deployment)]
    const refused = refusedBy(preconditions)
    if (refused !== undefined) return refused
    const message = messageOf(evidence, deployment)
    const said = sayFamily(family)
    return {
      part: 'communication-floor',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`communication=${factor(...floorStays(floor, backend.stays.low, backend.stays.high))}`],
        assumptions: [
          `the floor of an all-reduce keeps ${100 * backend.stays.low} to ${100 * backend.stays.high} %: a prior of this tool`,
          'what ranks wait for one another stays',
        ],
      },
      settings: [backend.setting],
      summary: backend.text,
      because: [floor.text, said.text, ...sayMessage(message)],
      cites: [...floor.cites, ...said.cites, ...(message?.cites ?? [])],
      restsOn: ['step-time', 'communication'],
      preconditions,
      risks: ['buffers take memory', 'another order of sums: answers at temperature 0 may differ in a few tokens'],
      falsifier: 'the name of the all-reduce kernel or its floor at this size does not change, or TPOT does not fall',
      joinRatio: namedRatio(family, RING),
    }
  },
}

const sayMessage = (message: Message | undefined): string[] =>
  message === undefined ? [] : [`an all-reduce of decode moves ${formatBytes(message.bytes)}`]

function betterBackend(evidence: Evidence, deployment: Deployment): Backend | NoCandidate {
  const message = messageOf(evidence, deployment)
  const largest = sizeOf('custom', deployment)
  const fits = message === undefined || largest === undefined ? undefined : message.bytes < largest && message.bytes % 16 === 0
  const custom = wanted(deployment, 'custom-all-reduce', true)
  if (!('none' in custom) && fits !== false) {
    const why =
      fits === undefined
        ? 'the size of the all-reduce, or its limit on this GPU, is not known'
        : `${formatBytes(message?.bytes)} is below ${formatBytes(largest)}`
    const size: Precondition = {
      what: 'the all-reduce is in the range of custom all-reduce',
      state: fits === undefined ? 'unknown' : 'met',
      why,
    }
    const text = `NCCL’s ring runs where custom all-reduce could${custom.state === 'met' ? ': it is disabled' : ''}`
    return { setting: { knob: 'custom-all-reduce', to: true }, stays: CUSTOM_STAYS, text, preconditions: [custom, size] }
  }
  // Custom all-reduce is on, and the ring runs nevertheless: it was refused (topology, size), or the sizes are above its range.
  return symmetric(deployment, message)
}

const KiB = 1024
/** From here on NCCL’s symmetric kernels are chosen: custom all-reduce wins between 16 KiB and this (all_reduce_utils.py:85-109). */
const symmetricFrom: Readonly<Record<number, number>> = { 4: 512 * KiB, 8: 128 * KiB }

function symmetric(deployment: Deployment, message: Message | undefined): Backend | NoCandidate {
  const knob = 'nccl-symm-mem'
  const open = wanted(deployment, knob, true)
  if ('none' in open) return open
  if (knobFlag(deployment, 'batch-invariant') === true) return nothing('batch-invariant is on, which switches symmetric memory off', true)
  const ranks = deployment.tensorParallel
  const from = ranks === undefined ? undefined : symmetricFrom[ranks]
  if (ranks !== undefined && from === undefined) return nothing(`NCCL’s symmetric kernels need 4 or 8 ranks, not ${ranks}`, true)
  const inRange = message === undefined || from === undefined ? undefined : message.bytes <= 16 * KiB || message.bytes >= from
  if (inRange === false) return nothing(`an all-reduce of ${formatBytes(message?.bytes)} is where symmetric memory is not used`, true)
  const size: Precondition = {
    what: 'the all-reduce is in the range of NCCL’s symmetric kernels',
    state: inRange === undefined ? 'unknown' : 'met',
    why: message === undefined ? 'its size is not known' : `it moves ${formatBytes(message.bytes)}`,
  }
  const library: Precondition = {
    what: 'NCCL is 2.27.3 and torch 2.8 or newer',
    state: 'unknown',
    why: 'their versions are not in the evidence',
  }
  const text = 'all-reduces run NCCL’s ring: its symmetric kernels read peers’ memory directly'
  return { setting: { knob, to: true }, stays: SYMMETRIC_STAYS, text, preconditions: [open, size, library] }
}

function sameNode({ tensorParallel, pipelineParallel }: Deployment): Precondition[] {
  const what = 'the ranks are GPUs of one node, joined by NVLink'
  if (tensorParallel !== undefined && tensorParallel > 8) return [{ what, state: 'unmet', why: `${tensorParallel} ranks span nodes` }]
  return pipelineParallel !== undefined && pipelineParallel > 1 ? [{ what, state: 'unknown', why: 'pipeline stages may span nodes' }] : []
}
