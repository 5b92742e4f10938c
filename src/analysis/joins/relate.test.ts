import { expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import { buildCapture } from '../../../tests/support/build-capture.ts'
import { compileFamilies } from '../families.ts'
import { answerPair } from './join-answers.ts'
import { buildJoinReport } from './join-report.ts'
import { joinSource, relateCaptures } from './relate.ts'

const rules = compileFamilies({ schema: 'kernel-families/1', rules: [] })

function source(name: string, pid: number, tool: string, names: readonly string[]) {
  const built = buildCapture({ kernels: names.map((kernel, index) => ({ name: kernel, start: index * 1e9, duration: 5e8 })) })
  const { timeline } = built
  if (timeline === undefined) throw new Error('a timeline')
  const capture: Capture = {
    ...built,
    tool: { name: tool },
    clock: { originNs: '1700000000000000000', epoch: 'utc', resolutionNs: 1 },
    timeline: { ...timeline, processes: [{ pid }] },
  }
  return joinSource({ name, sha256: name, capture, losses: [], sequences: () => [], budget: () => ({ devices: [], captures: [] }) }, rules)
}

test('one process under two profilers: the window is joined, its launches are refused: two clocks of unknown error', () => {
  const pair = relateCaptures(source('a', 42, 'nsys', ['f', 'g']), source('b', 42, 'torch', ['f', 'g']))
  expect(pair.relation.kind).toBe('one-process')
  expect(pair.devices.matched).toEqual([{ left: 0, right: 0, by: 'process-and-ordinal' }])
  const answers = new Map(answerPair(pair).answers.map((answer) => [answer.question, answer]))
  expect(answers.get('window')).toMatchObject({ state: 'joined', by: expect.stringContaining('assumed') })
  expect(answers.get('launches')).toMatchObject({ state: 'refused', reason: expect.stringMatching(/clocks may differ by 100 ms/) })
})

test('two exports of one report share its clock: their launches pair', () => {
  const pair = relateCaptures(source('a', 42, 'nsys', ['f', 'g']), source('b', 42, 'nsys', ['f', 'g']))
  expect(pair.relation.kind).toBe('one-recording')
  expect(pair.time).toMatchObject({ state: 'overlapping', errorFrom: 'one-session', errorNs: 1 })
})

test('another process with the same kernels is another run; without common kernels, nothing relates them', () => {
  expect(relateCaptures(source('a', 42, 'nsys', ['f', 'g']), source('b', 43, 'nsys', ['f', 'g'])).relation.kind).toBe('two-runs')
  expect(relateCaptures(source('a', 42, 'nsys', ['f', 'g']), source('b', 43, 'nsys', ['x', 'y'])).relation.kind).toBe('unrelated')
  const little = relateCaptures(source('a', 42, 'nsys', ['f', 'g', 'h']), source('b', 43, 'nsys', ['f', 'x', 'y']))
  expect(little.relation).toMatchObject({ kind: 'little-in-common', why: expect.stringContaining('33.3 %') })
})

test('every two sources are one pair, in the order given', () => {
  const report = buildJoinReport([1, 2, 3].map((pid) => source(`s${pid}`, pid, 'nsys', ['f'])))
  expect(report.pairs.map(({ left, right }) => `${left} ${right}`)).toEqual(['s1 s2', 's1 s3', 's2 s3'])
})
