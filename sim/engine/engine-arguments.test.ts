import { expect, it } from 'vitest'
import { parseEngineArguments, withEngineArguments } from './engine-arguments.ts'
import { plainEngine, timeModelOf } from './engine-options.ts'

const host = { ...plainEngine, time: timeModelOf('host') }

it('schedules ahead unless it is told not to, where it can at all', () => {
  const hostNs = (words: readonly string[], stays?: number) => withEngineArguments(host, words, stays).time.hostNs
  expect(hostNs([])).toBe(host.time.hostNs)
  expect(hostNs([], 0.2)).toBeCloseTo(0.2 * host.time.hostNs)
  expect(hostNs(['--no-async-scheduling'], 0.2)).toBe(host.time.hostNs)
  expect(hostNs(['--disable-overlap-schedule'], 0.2)).toBe(host.time.hostNs)
})

it('takes values apart and joined', () => {
  expect(withEngineArguments(host, ['--max-num-seqs', '8', '--max-num-batched-tokens=512'], undefined)).toMatchObject({
    maxNumSeqs: 8,
    maxNumBatchedTokens: 512,
  })
  expect(parseEngineArguments(['--stream-interval', '10']).get('stream-interval')).toBe('10')
})

it.each([[['--bogus']], [['word']], [['--max-num-seqs']], [['--max-num-seqs', '-3']]])('%j is refused', (words) => {
  expect(() => parseEngineArguments(words)).toThrow(RangeError)
})
