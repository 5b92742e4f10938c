import type { DeviceEvidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { exclusiveShare, kernelWord, MIN_COVERED_RATIO, partly } from './kernel-headroom.ts'
import { type Lever, type NoCandidate, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, NO_STEP } from './step-time.ts'

/** Clocks of unthrottled GPUs under load stay within a few percent of their maximum. */
const HELD_BELOW = 0.93
/** Part of the maximum that an unthrottled GPU holds under load. */
const FREE = { low: 0.96, high: 1 } as const
/** Reasons that hold a clock down (NVML nvmlClocksEventReasons); idle, application clocks and sync boost are no throttles. */
const HOLDS_DOWN = /power|thermal|slowdown|brake/i
const SOME = 0.1

/** L38: SM clocks held down by power or heat while kernels compute. */
export const clocks: Lever = {
  id: 'L38',
  name: 'clocks',
  title: 'Free the SM clock from its power or heat limit',
  type: 'config',
  class: 'clock',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 2, why: 'a power limit or a cooler node, and a trial with clocks locked on one node' },
  changesAccuracy: false,
  reference: vllmSource('v1/worker/gpu_worker.py'),
  check(evidence) {
    const { device, step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const held = heldDown(device)
    if ('none' in held) return held
    const { clock } = held
    const bound = evidence.families.filter(isBoundByClock)
    if (bound.length === 0)
      return nothing('the clock is held down, but no kernel is known to be bound by compute: memory does not follow the SM clock', true)
    const ceilingRatio = exclusiveShare(step, bound) * (1 - clock.value / FREE.high)
    const small = belowTrial('compute-bound kernels at their clock', ceilingRatio)
    if (small !== undefined) return small
    const stays = { low: Math.min(1, clock.value / FREE.high), high: Math.min(1, clock.value / FREE.low) }
    return {
      part: 'clock',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: bound.map((family) => kernelWord(family.family, partly(stays, family.counters?.coveredRatio ?? 0))),
        assumptions: [
          'kernels bound by compute take time as 1 ÷ clock, those bound by memory keep theirs',
          'the clock returns to 96 to 100 % of its maximum',
        ],
      },
      summary: `the SM clock is at ${formatRatio(clock.value)} of its maximum (${held.reasons.join(', ')})`,
      because: [
        `the SM clock is at ${formatRatio(clock.value)} of its maximum over the window, held down by ${held.reasons.join(', ')} in ${formatRatio(held.throttled.value)} of it`,
        `${bound.map(({ family }) => family).join(', ')} is bound by compute`,
      ],
      cites: [clock, held.throttled, ...bound.map(({ stepShare }) => stepShare)],
      restsOn: ['step-time', 'clocks', 'counters'],
      preconditions: [{ what: 'power or cooling can be raised', state: 'unknown', why: 'limits of the facility are not in the evidence' }],
      risks: ['power and heat limits of the node and the rack', 'profiles at different clocks may not be compared'],
      falsifier: 'with clocks locked at two values on one node TPOT does not follow the clock',
      joinRatio: joined(bound),
    }
  },
}

function heldDown(device: DeviceEvidence | undefined) {
  const clock = device?.smClockOfMaxRatio
  if (device === undefined || clock === undefined) return nothing('SM clocks under load are not known: collect DCGM_FI_DEV_SM_CLOCK')
  if (clock.value >= HELD_BELOW) return nothing(`the SM clock is at ${formatRatio(clock.value)} of its maximum`)
  const { throttledRatio: throttled, throttleReasons } = device
  if (throttled === undefined || throttleReasons === undefined) {
    return missing(
      `the SM clock is at ${formatRatio(clock.value)} of its maximum, and why is not known: collect DCGM_FI_DEV_CLOCKS_EVENT_REASONS`,
    )
  }
  const reasons = throttleReasons.filter((reason) => HOLDS_DOWN.test(reason))
  if (reasons.length === 0 || throttled.value < SOME)
    return missing(`the SM clock is at ${formatRatio(clock.value)} of its maximum, but no power or heat limit holds it down`)
  return { clock, throttled, reasons }
}

const missing = (text: string): NoCandidate => nothing(text, true)

function isBoundByClock({ counters }: FamilyEvidence): boolean {
  return counters?.headroom === 'decidable' && counters.bound === 'compute' && counters.coveredRatio >= MIN_COVERED_RATIO
}

function joined(bound: readonly FamilyEvidence[]): number {
  const whole = bound.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
  const covered = bound.reduce((sum, { stepShare, counters }) => sum + stepShare.value * (counters?.coveredRatio ?? 0), 0)
  return whole > 0 ? Math.min(1, covered / whole) : 0
}
