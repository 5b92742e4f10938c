/**
 * Changes as a person writes them: `kernels=0.8`, `kernels:moe-gemm=0.5..0.7`, `communication=0.6`, `copies=0`, `host=0.5`, `launches=0.5`,
 * `waits=0`, `merge-launches`. A number is the part that stays, a range a stated uncertainty.
 */
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import type { Change, Range } from './changes.ts'

export const changeNames = ['kernels', 'communication', 'copies', 'host', 'launches', 'waits', 'merge-launches'] as const

/** A graph launch costs 10 to 30 us of host time, its nodes follow in 0.3 to 1 us (traces of graphs; facts on levers, L02 and L03). */
const MERGED = { launchNs: [10_000, 30_000], nodeGapNs: [300, 1_000] } as const satisfies Record<string, Range>
/** Preparing one launch takes less; longer stretches of the host are scheduling, sampling and bookkeeping. */
const HOST_AT_LEAST_NS = 20_000

/** The part that may stay: more than all of it is a slowdown, which is a question too. */
const MAX_FACTOR = 10

export interface WordedChange {
  readonly text: string
  readonly effect: string
  readonly changes: readonly Change[]
}

interface OneChange {
  readonly effect: string
  readonly change: Change
}

type Families = { readonly names: readonly string[]; readonly ofName: Int32Array }

/** Changes joined by `+` happen at once. @param families of the capture by kernel token: a family that no kernel has is a mistake. */
export function parseChange(text: string, families: Families): WordedChange {
  const parts = text.split('+').map((part) => parseOne(part, families))
  return { text, effect: parts.map(({ effect }) => effect).join('; '), changes: parts.map(({ change }) => change) }
}

function parseOne(text: string, families: Families): OneChange {
  if (text === 'merge-launches') {
    return { effect: 'kernels launched one by one become nodes of one graph a step', change: { kind: 'merge-launches', ...MERGED } }
  }
  const match = /^(kernels|communication|copies|host|launches|waits)(?::([^=]+))?=([0-9.]+?)(?:\.\.([0-9.]+))?$/.exec(text)
  const [, name = '', family, low = '', high = low] = match ?? []
  if (match === null || (family !== undefined && name !== 'kernels')) throw wrong(text)
  const factor: Range = [Number(low), Number(high)]
  if (!factor.every((value) => value >= 0 && value <= MAX_FACTOR) || factor[0] > factor[1]) throw wrong(text)
  const stays = factor[0] === factor[1] ? printed(factor[0]) : `${printed(factor[0])} to ${printed(factor[1])}`
  switch (name) {
    case 'kernels': {
      const tokens = tokensOf(family, families)
      const which = family === undefined ? 'every kernel but collectives' : `kernels of ${family}`
      return { effect: `${which}: ${stays} of their time stays`, change: { kind: 'scale-kernels', tokens, factor } }
    }
    case 'communication':
      return { effect: `collectives: ${stays} of their time stays`, change: { kind: 'scale-communication', factor } }
    case 'copies':
      return { effect: `copies and memsets: ${stays} of their time stays`, change: { kind: 'scale-copies', factor } }
    case 'launches':
      return { effect: `launch calls: ${stays} of their time stays`, change: { kind: 'scale-launches', factor } }
    case 'waits':
      return { effect: `waits of the host that no device work explains: ${stays} stays`, change: { kind: 'scale-waits', factor } }
    default:
      return {
        effect: `the host’s own work between calls (stretches of ${HOST_AT_LEAST_NS / 1000} us and more): ${stays} stays`,
        change: { kind: 'scale-host', factor, atLeastNs: HOST_AT_LEAST_NS },
      }
  }
}

const printed = (factor: number): string => `${Number((100 * factor).toFixed(1))} %`

function tokensOf(family: string | undefined, families: Families): Uint8Array {
  const index = family === undefined ? -1 : families.names.indexOf(family)
  if (family !== undefined && index < 0) {
    const near = nearName(family, families.names)
    const hint = near === undefined ? `It has: ${[...families.names].sort().join(', ')}.` : `Did you mean ${near}?`
    throw new SextantError('missing_data', `the capture has no kernel of family ${family}`, hint, { family })
  }
  return Uint8Array.from(families.ofName, (of) => (family === undefined || of === index ? 1 : 0))
}

function wrong(text: string): SextantError {
  return new SextantError(
    'usage',
    `“${text}” is no change`,
    `Write NAME=PART with NAME one of ${changeNames.slice(0, -1).join(', ')} (kernels:FAMILY for one family) and PART what stays, 0 to ${MAX_FACTOR} or a range as 0.5..0.7; or merge-launches. Join with + what happens at once.`,
    { change: text },
  )
}
