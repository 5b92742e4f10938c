/** Arguments as a real engine takes them, so that a trial can start its arms by the launch commands of a deployment. */
import type { EngineOptions } from './engine-options.ts'

/** Flags without a value; those that change nothing here are real flags whose effect on this engine is none. */
const flags = new Set([
  'async-scheduling',
  'no-async-scheduling',
  'disable-overlap-schedule',
  'enable-prefix-caching',
  'no-enable-prefix-caching',
])
const ignoredFlags = new Set(['numa-bind', 'enable-chunked-prefill', 'no-enable-chunked-prefill', 'disable-log-requests'])
const numbers = new Set(['max-num-seqs', 'max-num-batched-tokens', 'max-model-len', 'tensor-parallel-size'])
const ignoredValues = new Set(['stream-interval', 'gpu-memory-utilization', 'kv-cache-dtype', 'api-server-count', 'attention-backend'])

export const engineArgumentNames: readonly string[] = [...flags, ...ignoredFlags, ...numbers, ...ignoredValues].sort()

/** @param words after `--`. Throws RangeError on one that this engine does not know: an ignored misspelling would be a false null. */
export function parseEngineArguments(words: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (let at = 0; at < words.length; at += 1) {
    const [name = '', inline] = (words[at] ?? '').replace(/^--/, '').split('=', 2)
    if (!(words[at] ?? '').startsWith('--')) throw new RangeError(`“${words[at]}” is no engine argument: write --name or --name value`)
    if (flags.has(name) || ignoredFlags.has(name)) {
      given.set(name, 'true')
      continue
    }
    if (!numbers.has(name) && !ignoredValues.has(name)) {
      throw new RangeError(
        `the simulated engine has no argument --${name}; it has ${engineArgumentNames.map((each) => `--${each}`).join(', ')}`,
      )
    }
    if (inline === undefined) at += 1
    const value = inline ?? words[at]
    if (value === undefined || (numbers.has(name) && !/^[1-9]\d*$/.test(value))) throw new RangeError(`--${name} needs a value`)
    given.set(name, value)
  }
  return given
}

/**
 * @param asyncHostStays part of the host's time that stays when it schedules ahead of the device, which real engines do unless they are
 * told not to. Undefined: the host never does.
 */
export function withEngineArguments(options: EngineOptions, words: readonly string[], asyncHostStays: number | undefined): EngineOptions {
  const given = parseEngineArguments(words)
  const number = (name: string, otherwise: number): number => (given.has(name) ? Number(given.get(name)) : otherwise)
  const isSerial = given.has('no-async-scheduling') || given.has('disable-overlap-schedule') || asyncHostStays === undefined
  const stays = isSerial ? 1 : asyncHostStays
  const { time } = options
  return {
    ...options,
    maxNumSeqs: number('max-num-seqs', options.maxNumSeqs),
    maxNumBatchedTokens: number('max-num-batched-tokens', options.maxNumBatchedTokens),
    maxModelLen: number('max-model-len', options.maxModelLen),
    prefixCaching: given.has('no-enable-prefix-caching') ? false : given.has('enable-prefix-caching') || options.prefixCaching,
    time: { ...time, hostNs: time.hostNs * stays, hostPerSequenceNs: time.hostPerSequenceNs * stays },
  }
}
