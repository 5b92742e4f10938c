import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CitationBook, type Document } from '#analysis/synthesis/cite.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import { loadSourceTolerances } from '#pipeline/source-tolerances.ts'
import { checkoutRoot } from '../../../../tests/support/checkout.ts'
import { evidenceWith, familyWith, stepWith } from '../../../../tests/support/evidence-builder.ts'
import { compareSources } from './contradictions.ts'

const tolerances = loadSourceTolerances(join(checkoutRoot, 'configs'))

/** Figures that are really cited, so that what is derived of them can be. */
function booked(figures: Readonly<Record<string, number>>) {
  const book = new CitationBook()
  const document: Document = {
    command: 'test',
    version: '1',
    input: {},
    artifacts: [{ path: 'a', sha256: 'a'.repeat(64) }],
    tier: 'L2',
    output: figures,
  }
  const cite = (key: string) => {
    const figure = book.cite(document, `/${key}`)
    if (figure === undefined) throw new Error(`no figure ${key}`)
    return figure
  }
  return { book, cite }
}

const nothingRead: Readings = { timed: [], counters: [], bench: [] }
const idsOf = (evidence: Evidence, book: CitationBook, readings = nothingRead) =>
  compareSources({ evidence, readings, book, tolerances, rows: [] }).contradictions.map(({ id }) => id)

interface Hot {
  readonly share?: number
  readonly roof?: number
  readonly busy?: number
  readonly covered?: number
  readonly meanNs?: number
  readonly headroom?: 'decidable' | 'undecidable'
  readonly hostShare?: number
}

function hot({ share = 0.5, roof = 0.85, busy = 0.5, covered = 1, meanNs = 50_000, headroom = 'decidable', hostShare = 0.05 }: Hot) {
  const { book, cite } = booked({ share, roof, busy, hostShare })
  const counters = { roofRatio: cite('roof'), smBusyRatio: cite('busy'), coveredRatio: covered, headroom }
  const family = {
    ...familyWith({ family: 'attention-a', role: 'attention', share, kernels: [{ name: 'k', meanNs }], counters }),
    stepShare: cite('share'),
  }
  return { book, evidence: evidenceWith({ step: stepWith({ hostShare: cite('hostShare') }), families: [family] }) }
}

const found = (parts: Hot): string[] => {
  const { book, evidence } = hot(parts)
  return idsOf(evidence, book)
}

test('trap D9: multiprocessors that are busy beyond any counted work contradict the roof; at the roof they do not', () => {
  expect(found({ busy: 0.92, roof: 0.05 })).toEqual(['sm-busy'])
  expect(found({ busy: 0.92, roof: 0.7 })).toEqual([])
  // A memory-bound kernel with many addresses to compute is ordinary.
  expect(found({ busy: 0.75, roof: 0.3 })).toEqual([])
})

test('what was not counted, or of too little of the family, contradicts nothing', () => {
  expect(found({ busy: 0.92, roof: 0.05, headroom: 'undecidable' })).toEqual([])
  expect(found({ busy: 0.92, roof: 0.05, covered: 0.3 })).toEqual([])
  expect(found({ busy: 0.92, roof: 0.05, share: 0.04 })).toEqual([])
})

test('the hottest family at its roof: its share promises what its counters rule out, with both figures and their sources', () => {
  const { book, evidence } = hot({})
  const { contradictions, disputed } = compareSources({ evidence, readings: nothingRead, book, tolerances, rows: [] })
  expect(contradictions).toMatchObject([
    {
      id: 'hot-at-roof',
      says: [
        { source: 'nsys', value: 0.5 },
        { source: 'ncu', value: 0.5 * (1 - 0.85) },
      ],
      tolerance: 0.375,
    },
  ])
  expect(contradictions[0]?.difference).toBeCloseTo(-0.425)
  expect([...disputed]).toEqual(['counters'])
  for (const { citation } of contradictions[0]?.says ?? []) expect(book.of(citation)).toBeDefined()
})

test('what is not hot, not at its roof, or too short for a roof is no contradiction, and no agreement either', () => {
  expect(found({ roof: 0.7 })).toEqual([])
  expect(found({ hostShare: 0.6 })).toEqual([])
  expect(found({ share: 0.05 })).toEqual([])
  expect(found({ meanNs: 1500 })).toEqual([])
  const { book, evidence } = hot({ roof: 0.7 })
  expect(compareSources({ evidence, readings: nothingRead, book, tolerances, rows: [] }).agreements).toEqual([])
})

function recorded(withoutRows: number, busyRatio: number, state: 'yes' | 'no'): Readings {
  const coverage = { launches: { calls: 1000, withRows: 1000 - withoutRows, withoutRows }, underRecorded: { state, reason: '' } }
  const output = { devices: [{ device: 0, busyRatio, overlap: {} }], coverage }
  const timeline = { command: 'timeline', version: '1', input: {}, artifacts: [{ path: 'a', sha256: 'a'.repeat(64) }], tier: 'L2', output }
  // The fields that the comparison reads.
  return { ...nothingRead, timed: [{ name: 'steps.sqlite', kind: 'nsys', timeline: timeline as never }] }
}

test('trap B1: a device that idles while launches left no row is under-recorded, not idle', () => {
  const compare = (readings: Readings) => {
    const book = new CitationBook()
    return compareSources({ evidence: evidenceWith({}), readings, book, tolerances, rows: [] })
  }
  const { contradictions, disputed } = compare(recorded(820, 0.009, 'yes'))
  expect(contradictions).toMatchObject([{ id: 'idle-under-recorded', says: [{ value: 1 - 0.009 }, { value: 0.82 }], difference: 0.82 }])
  expect([...disputed].sort()).toEqual(['device-busy', 'host', 'step-time'])
  expect(compare(recorded(0, 0.4, 'no')).contradictions).toEqual([])
  // Rows are missing, and nobody claims idle time.
  expect(compare(recorded(820, 0.995, 'yes')).contradictions).toEqual([])
})

test('every tolerance says where it is from and why', () => {
  for (const { source, reason } of Object.values(tolerances)) expect(`${source} ${reason}`.length).toBeGreaterThan(30)
})
