import { expect, it } from 'vitest'
import { buildCapture } from '../../tests/support/build-capture.ts'
import { computeCoverage } from './coverage.ts'
import { joinLaunches } from './launch-join.ts'
import { questionsAnswerable } from './questions.ts'

/** A host that runs `ahead` launches ahead of the device; the window was cut to a thousand launches. */
function idleAnswer(ahead: number) {
  const all = Array.from({ length: 1000 }, (_, k) => k)
  const capture = buildCapture({
    calls: all.map((k) => ({ start: k * 1000, duration: 200, correlation: k + 10_000 })),
    kernels: all.map((k) => ({ start: k * 1000 + 300, duration: 900, correlation: k + 10_000 - ahead })),
  })
  const { timeline } = capture
  if (timeline === undefined) throw new Error('no timeline')
  const coverage = computeCoverage(capture, [], joinLaunches(timeline))
  return questionsAnswerable(capture, coverage, []).find(({ question }) => question === 'idle-attribution')
}

it('causes of idle time are uncertain where the launches of more than a tenth of the kernels came before the window', () => {
  expect(idleAnswer(50)?.answerable).toBe('yes')
  expect(idleAnswer(500)).toMatchObject({ answerable: 'unknown', reason: expect.stringContaining('500 of 1000 kernels') })
})
