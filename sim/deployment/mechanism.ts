/**
 * How a deployment spends the time of a decode step: what its kernels are and how long each group of them takes alone. Everything that a
 * capture shows follows from it, and a lever is a change of it.
 */
import type { KernelRole } from '#sim/kernel-names.ts'
import type { Straggler } from '#sim/scenario.ts'

export const groupNames = ['attention', 'gemm', 'moe', 'norm', 'other', 'draft'] as const
export type GroupName = (typeof groupNames)[number]

/** Work of one group of kernels, as hardware counters would see it. Ratios are 0 to 1 of what the device can do. */
export interface GroupWork {
  /** Sum of its kernels in a decode step. */
  readonly ns: number
  readonly dramRatio: number
  /** Of the dense peak of `type`. */
  readonly flopRatio: number
  readonly type: 'bf16' | 'fp8' | 'none'
  readonly tensorPipeRatio: number
  readonly smBusyRatio: number
  readonly occupancyRatio: number
  readonly topStall: 'long_scoreboard' | 'wait' | 'barrier' | 'math_pipe_throttle'
}

/** What a layer launches, in order. */
export type Slot =
  | { readonly kind: 'kernel'; readonly kernel: KernelRole; readonly group: GroupName; readonly weight: number }
  | { readonly kind: 'collective' }

export interface MixedSteps {
  /** Prompt tokens of a chunk, and how long the work on them takes. */
  readonly tokens: number
  readonly chunkNs: number
  /** Of all steps. */
  readonly ratio: number
}

/** Speculation: `tokens` drafted one after the other, then verified together with the sequence's own. */
export interface Drafting {
  readonly tokens: number
  /** Of drafting one token, in kernels of the drafter. */
  readonly nsPerToken: number
  /** What one more token to verify adds to the target's step. */
  readonly verifyNsPerToken: number
  /** Chance that the draft at each position, from 1, is accepted together with all before it. Falls. */
  readonly acceptedAt: readonly number[]
}

export interface Mechanism {
  readonly layers: number
  readonly slots: readonly Slot[]
  readonly groups: Readonly<Partial<Record<GroupName, GroupWork>>>
  readonly collective: KernelRole
  /** Sum over a decode step of what each collective takes when all ranks arrive together; 0 = none. */
  readonly communicationNs: number
  /** Sum of the copies of KV blocks beside those of every step. */
  readonly copyNs: number
  readonly pageable: boolean
  /** Host time between the result of a step and the first launch of the next. */
  readonly hostNs: number
  /** The host runs one step ahead. */
  readonly asynchronous: boolean
  readonly graphs: 'none' | 'node'
  readonly launchNs: number
  readonly graphLaunchNs: number
  readonly graphNodeGapNs: number
  readonly straggler?: Straggler
  readonly mixed?: MixedSteps
  readonly drafting?: Drafting
  readonly hostJitter: number
  readonly kernelJitter: number
}

/** Changes groups that are there. */
export function withGroups(mechanism: Mechanism, change: (work: GroupWork, name: GroupName) => GroupWork): Mechanism {
  const entries = groupNames.flatMap((name) => {
    const work = mechanism.groups[name]
    return work === undefined ? [] : [[name, change(work, name)] as const]
  })
  return { ...mechanism, groups: Object.fromEntries(entries) }
}

/** The group keeps this part of its time: its bytes and operations stay, so that its ratios rise. */
export function withGroupTime(mechanism: Mechanism, group: GroupName, kept: number): Mechanism {
  return withGroups(mechanism, (work, name) => (name === group ? { ...work, ns: work.ns * kept } : work))
}

/** Time of the step if nothing waited: groups, collectives, copies. */
export function deviceNs({ groups, communicationNs, copyNs }: Mechanism): number {
  return Object.values(groups).reduce((sum, { ns }) => sum + ns, 0) + communicationNs + copyNs
}
