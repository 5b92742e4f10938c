/** Whether a knob may be set to what a lever wants: on already, missing in this version, set otherwise, or not known. */
import { engineTitles } from '#analysis/levers/knobs.ts'
import type { Deployment, KnobValue } from '#analysis/synthesis/deployment.ts'
import { type NoCandidate, nothing, type Precondition } from './lever.ts'

const same = (a: KnobValue, b: KnobValue): boolean => String(a).toLowerCase() === String(b).toLowerCase()

/** @returns the precondition “it is not so yet”, or why the lever proposes nothing. */
export function wanted(deployment: Deployment, knob: string, to: KnobValue): Precondition | NoCandidate {
  const state = deployment.knob(knob)
  const what = `${knob} is not ${String(to)} yet`
  if (state.state === 'absent') return nothing(state.why, true)
  if (state.state === 'unknown') return { what, state: 'unknown', why: state.why }
  if (same(state.value, to)) return nothing(`already so: ${knob} is ${String(state.value)} (${state.from})`, true)
  return { what, state: 'met', why: `${knob} is ${String(state.value)} (${state.from})` }
}

/** A knob that must not be set to any of `values` for the lever to work. Not known: the lever may still work. */
export function unlessSet(deployment: Deployment, knob: string, values: readonly KnobValue[], what: string): Precondition {
  const state = deployment.knob(knob)
  if (state.state === 'absent') return { what, state: 'met', why: state.why }
  if (state.state === 'unknown') return { what, state: 'unknown', why: state.why }
  const isSet = values.some((each) => same(each, state.value))
  return { what, state: isSet ? 'unmet' : 'met', why: `${knob} is ${String(state.value)} (${state.from})` }
}

/** The first precondition that is not met, as the reason why nothing is proposed. */
export function refusedBy(preconditions: readonly Precondition[]): NoCandidate | undefined {
  const unmet = preconditions.find(({ state }) => state === 'unmet')
  return unmet === undefined ? undefined : nothing(`needs that ${unmet.what}: ${unmet.why}`, true)
}

export const engineOf = ({ engine }: Deployment): string => (engine === undefined ? 'the engine' : engineTitles[engine])
