/** Nested values as dotted keys: `{"pass_config": {"fuse_allreduce_rms": true}}` is `pass_config.fuse_allreduce_rms: true`. */
import type { Scalar } from './deployment-part.ts'

/** Deeper than any engine's configuration. */
const MOST_LEVELS = 16

/** Lists stay whole, as JSON; null says nothing and is left out. Beyond 16 levels a value is kept as JSON too. */
export function* flatten(value: unknown, key: string, levels = 0): Generator<readonly [string, Scalar]> {
  if (value === null || value === undefined) return
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') yield [key, value]
  else if (typeof value === 'bigint') yield [key, Number(value)]
  else if (Array.isArray(value) || levels >= MOST_LEVELS) yield [key, JSON.stringify(value)]
  else for (const [name, below] of Object.entries(value)) yield* flatten(below, key === '' ? name : `${key}.${name}`, levels + 1)
}

/** Words of a command line and of the environment: numbers and truth values as such, everything else as text. */
export function scalar(word: string): Scalar {
  if (/^(?:true|True)$/.test(word)) return true
  if (/^(?:false|False)$/.test(word)) return false
  // 007 is an id, not a number.
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e-?\d+)?$/i.test(word) && Number.isFinite(Number(word)) ? Number(word) : word
}
