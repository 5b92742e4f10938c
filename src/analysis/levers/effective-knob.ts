/** What a knob is in effect, as levers ask: a value, or that nobody knows. */
import type { Deployment, KnobState, KnobValue } from '#analysis/synthesis/deployment.ts'

/** The value in lower case, for names that engines spell either way; undefined where it is not known or the knob does not exist. */
export function knobText(deployment: Deployment, knob: string): string | undefined {
  const value = knobValue(deployment.knob(knob))
  return value === undefined ? undefined : String(value).toLowerCase()
}

export function knobValue(state: KnobState): KnobValue | undefined {
  return state.state === 'unknown' || state.state === 'absent' ? undefined : state.value
}

export function knobNumber(deployment: Deployment, knob: string): number | undefined {
  const value = knobValue(deployment.knob(knob))
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : undefined
  return number !== undefined && Number.isFinite(number) ? number : undefined
}

/** true, false, or undefined where it is not known: files write flags as booleans, words and 0 or 1. */
export function knobFlag(deployment: Deployment, knob: string): boolean | undefined {
  const text = knobText(deployment, knob)
  if (text === undefined) return undefined
  if (['true', '1', 'yes', 'on', ''].includes(text)) return true
  if (['false', '0', 'no', 'off', 'none'].includes(text)) return false
  return undefined
}

/** Why this engine at this version has no such knob, or undefined where it has one. */
export function absence(deployment: Deployment, knob: string): string | undefined {
  const state = deployment.knob(knob)
  return state.state === 'absent' ? `${knob}: ${state.why}` : undefined
}

/** How the value is known, for a person: `8192 (default of vllm 0.27.1)`. */
export function sayKnob(deployment: Deployment, knob: string): string {
  const state = deployment.knob(knob)
  return state.state === 'unknown' || state.state === 'absent'
    ? `${knob} is not known (${state.why})`
    : `${knob} is ${String(state.value)} (${state.from})`
}
