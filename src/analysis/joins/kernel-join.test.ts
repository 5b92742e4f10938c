import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sideTotals } from './join-totals.ts'
import { type JoinLevel, joinKernels, type KernelJoin } from './kernel-join.ts'
import type { KernelPart } from './kernel-part.ts'

interface Given {
  readonly mangledName?: string
  readonly grid?: number
  readonly family?: string
  readonly rows?: number
  readonly timeNs?: number
  readonly shortName?: string
}

function part(name: string, { mangledName, grid, family = 'unknown', rows = 1, timeNs, shortName }: Given = {}): KernelPart {
  return {
    name,
    shortName: shortName ?? /[A-Za-z_]\w*(?=[<(]|$)/.exec(name)?.[0] ?? name,
    ...(mangledName === undefined ? {} : { mangledName }),
    ...(grid === undefined ? {} : { shape: { grid: [grid, 1, 1], block: [128, 1, 1] } as const }),
    family,
    rows,
    ...(timeNs === undefined ? {} : { timeNs }),
  }
}

/** Level and state of the one match, or `unmatched`. */
function fate(left: readonly KernelPart[], right: readonly KernelPart[], weakest?: JoinLevel): string {
  const { matches } = joinKernels(left, right, weakest)
  return matches.length === 0 ? 'unmatched' : matches.map(({ level, state }) => `${level} ${state}`).join(', ')
}

test('each level joins what it says, and says which it was', () => {
  const nsys = part('void ns::f<(int)4>(T1, const float *)', { mangledName: '_ZN2ns1fILi4EEEvT_PKf', grid: 8 })
  expect(fate([nsys], [part('ns::f', { mangledName: '_ZN2ns1fILi4EEEvT_PKf' })])).toBe('mangled matched')
  expect(fate([nsys], [part('void ns::f<4>(float, float const*)')])).toBe('demangled matched')
  // The CSV of ncu prints casts of template arguments away, and may print the function's name alone.
  expect(fate([nsys], [part('f', { grid: 8 })])).toBe('short-name-and-shape matched')
  expect(fate([nsys], [part('ns::f<8>(float, float const*)')])).toBe('normalized matched')
  expect(fate([nsys], [part('f')])).toBe('short-name matched')
  expect(fate([part('g()', { family: 'norm' })], [part('h()', { family: 'norm' })], 'family')).toBe('family matched')
  expect(fate([part('g()', { family: 'norm' })], [part('h()', { family: 'norm' })])).toBe('unmatched')
})

test('several kernels under one name are ambiguous, not the first of them', () => {
  const tiles = [part('f<64>()', { mangledName: '_Z1fILi64EEvv' }), part('f<128>()', { mangledName: '_Z1fILi128EEvv' })]
  expect(fate(tiles, [part('f<256>()')])).toBe('normalized ambiguous')
  expect(fate(tiles, [part('f')])).toBe('short-name ambiguous')
  // With shapes the bare name is enough, as long as one kernel has the shape.
  const shaped = [part('f<64>()', { grid: 4 }), part('f<128>()', { grid: 8 })]
  expect(fate(shaped, [part('f', { grid: 8 })])).toBe('short-name-and-shape matched')
  expect(fate([part('f<64>()', { grid: 4 }), part('f<128>()', { grid: 4 })], [part('f', { grid: 4 })])).toBe(
    'short-name-and-shape ambiguous',
  )
})

test('equal short name and shape prove nothing where the full names differ in more than numbers', () => {
  const add = part('void elementwise_kernel<128, Add<float>>(int, T2)', { grid: 64 })
  const mul = part('void elementwise_kernel<128, Mul<float>>(int, T2)', { grid: 64 })
  expect(fate([add], [mul])).toBe('unmatched')
  expect(fate([add], [part('void elementwise_kernel<64, Add<float>>(int, T2)', { grid: 64 })])).toBe('short-name-and-shape matched')
})

test('symbols that differ are different instances, unless a build put its own noise into them', () => {
  const [a, b] = ['_Z1fILi64EEvv', '_Z1fILi128EEvv'].map((mangledName, index) => part(`f<${index}>()`, { mangledName, grid: 4 }))
  if (a === undefined || b === undefined) throw new Error('two parts')
  expect(fate([a], [b])).toBe('normalized matched')
  const noisy = (hash: string) => part('<unnamed>::f(int)', { mangledName: `_ZN50_GLOBAL__N__${hash}_4_a_cu_${hash}1fEi`, grid: 4 })
  expect(fate([noisy('11111111')], [noisy('22222222')])).toBe('demangled matched')
})

test('normalised names of different families are not one kernel', () => {
  expect(fate([part('f<64>()', { family: 'gemm' })], [part('f<32>()', { family: 'norm' })])).toBe('unmatched')
})

test('what has no name matches nothing, not even itself', () => {
  const { matches, unmatchedLeft, unmatchedRight } = joinKernels([part('')], [part('')])
  expect([matches, unmatchedLeft, unmatchedRight]).toEqual([[], [0], [0]])
})

const names = fc.constantFrom(
  'f',
  'g',
  'ns::f',
  'f<1>',
  'f<2>',
  'f<Add>',
  'f<1>(int)',
  'g<64, float>()',
  '_Z1fv',
  '',
  'void f<(int)1>(T1)',
  '(',
  'f<',
)
const parts = fc.array(
  fc
    .record({
      name: names,
      mangledName: fc.option(fc.constantFrom('_Z1fv', '_Z1gv', '_ZN12_GLOBAL__N_11fEv'), { nil: undefined }),
      grid: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
      family: fc.constantFrom('unknown', 'gemm', 'norm'),
      rows: fc.integer({ min: 0, max: 9 }),
      timeNs: fc.integer({ min: 0, max: 1000 }),
    })
    .map(({ name, mangledName, grid, ...rest }) =>
      part(name, { ...rest, ...(mangledName === undefined ? {} : { mangledName }), ...(grid === undefined ? {} : { grid }) }),
    ),
  { maxLength: 12 },
)
const weakest = fc.constantFrom('mangled', 'short-name-and-shape', 'short-name', 'family' as const) as fc.Arbitrary<JoinLevel>

/** Without the order of matches, which no promise is made of. */
const unordered = ({ matches, ...rest }: KernelJoin) => ({ ...rest, matches: matches.map((match) => JSON.stringify(match)).sort() })

test('conservation: every part of either side is matched, ambiguous or unmatched, once; rows and time add up', () => {
  fc.assert(
    fc.property(parts, parts, weakest, (left, right, least) => {
      const join = joinKernels(left, right, least)
      for (const [side, own, others] of [
        ['left', left, right],
        ['right', right, left],
      ] as const) {
        const seen = [...join.matches.flatMap((match) => match[side]), ...(side === 'left' ? join.unmatchedLeft : join.unmatchedRight)]
        expect(seen.toSorted((a, b) => a - b)).toEqual([...own.keys()])
        const { total, matched, ambiguous, unmatched, byLevel } = sideTotals(join, side, own, others)
        for (const field of ['parts', 'rows', 'timeNs'] as const) {
          expect((matched[field] ?? 0) + (ambiguous[field] ?? 0) + (unmatched[field] ?? 0)).toBe(total[field] ?? 0)
          expect(byLevel.reduce((sum, each) => sum + (each[field] ?? 0), 0)).toBe(matched[field] ?? 0)
        }
      }
    }),
  )
})

test('symmetric: exchanging the sides exchanges the answer', () => {
  fc.assert(
    fc.property(parts, parts, weakest, (left, right, least) => {
      const { matches, unmatchedLeft, unmatchedRight } = joinKernels(right, left, least)
      const mirrored = {
        matches: matches.map((match) => ({ level: match.level, state: match.state, left: match.right, right: match.left })),
        unmatchedLeft: unmatchedRight,
        unmatchedRight: unmatchedLeft,
      }
      expect(unordered(mirrored)).toEqual(unordered(joinKernels(left, right, least)))
    }),
  )
})

test('reflexive: with itself every named kernel matches by symbol or name, and the order of the parts does not matter', () => {
  fc.assert(
    fc.property(parts, (own) => {
      // One kernel has one symbol: names that several symbols share are for a join of two sources to doubt.
      const symbols = own.map((each) => ({ ...each, mangledName: each.name === '' ? '' : `_Z_${each.name}` }))
      for (const side of [symbols, own.map(({ mangledName: _, ...rest }) => rest)]) {
        const { matches, unmatchedLeft } = joinKernels(side, side.toReversed(), 'demangled')
        expect(unmatchedLeft.every((index) => side[index]?.name === '')).toBe(true)
        expect(matches.every(({ state }) => state === 'matched')).toBe(true)
      }
    }),
  )
})
