import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Finding, findingSeverities, findingStatuses } from '#formats/findings.ts'
import { diffFindings } from './diff-findings.ts'
import { numberFindings } from './number-findings.ts'

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'high',
  source_skill: 'decode',
  source_query: 'what bounds decode?',
  headline: `headline of ${id}`,
  recommended_action: 'measure',
  status: 'open',
  ...more,
})

test('trap H13: a finding that B calls resolved is resolved, not only a change of status', () => {
  const changes = diffFindings(
    [finding('a'), finding('b', { status: 'in_progress' }), finding('c'), finding('d', { status: 'resolved' }), finding('gone')],
    [finding('a', { status: 'resolved' }), finding('b'), finding('c'), finding('d', { status: 'open' }), finding('e')],
  )
  expect(changes.resolved).toEqual([
    { id: 'a', severity: 'high', headline: 'headline of a', how: 'status', before: 'open' },
    { id: 'gone', severity: 'high', headline: 'headline of gone', how: 'absent', before: 'open' },
  ])
  expect(changes.statusChanges.map(({ id, before, after }) => `${id} ${before} ${after}`)).toEqual([
    'b in_progress open',
    'd resolved open',
  ])
  expect(changes.new.map(({ id }) => id)).toEqual(['e'])
  expect(changes.unchanged).toBe(1)
})

test('every id of either list is counted once, and nothing changes between a list and itself', () => {
  const list = fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      severity: fc.constantFrom(...findingSeverities),
      status: fc.constantFrom(...findingStatuses),
    }),
    { selector: ({ id }) => id },
  )
  fc.assert(
    fc.property(list, list, (before, after) => {
      const [a, b] = [before, after].map((each) => each.map(({ id, ...more }) => finding(id, more)))
      const changes = diffFindings(a ?? [], b ?? [])
      const ids = [...changes.new, ...changes.resolved, ...changes.statusChanges].map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length + changes.unchanged).toBe(new Set([...before, ...after].map(({ id }) => id)).size)
      expect(diffFindings(a ?? [], a ?? [])).toMatchObject({ new: [], resolved: [], statusChanges: [], severityChanges: [] })
    }),
  )
})

test('numbers count within a severity, in the order of the file', () => {
  const severities = ['high', 'critical', 'high', 'low', 'medium', 'informational', 'high'] as const
  expect(numberFindings(severities.map((severity) => ({ severity }))).map(({ number }) => number)).toEqual([
    'H1',
    'C1',
    'H2',
    'L1',
    'M1',
    'I1',
    'H3',
  ])
})
