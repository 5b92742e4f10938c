import { expect, test } from 'vitest'
import { citationSchema } from '#formats/source.ts'
import { CitationBook, type Document } from './cite.ts'

const document = (output: unknown, command = 'decode-budget'): Document => ({
  command,
  version: '0.1.0',
  input: { traces: ['profiles/a.sqlite'] },
  artifacts: [{ path: 'a.sqlite', sha256: 'a'.repeat(64) }],
  tier: 'L2',
  output,
})

test('a figure is what stands at its pointer; what is missing, text or no number has no citation', () => {
  const book = new CitationBook()
  const budget = document({ shares: { host: 0.4, copy: 0 }, class: 'host-bound', bad: Number.NaN })
  expect(book.cite(budget, '/shares/host')).toEqual({ value: 0.4, citation: 'c-1' })
  expect(book.cite(budget, '/shares/copy')).toEqual({ value: 0, citation: 'c-2' })
  for (const pointer of ['/shares/kernel', '/class', '/bad', '/shares']) expect(book.cite(budget, pointer)).toBeUndefined()
  expect(book.cite(undefined, '/shares/host')).toBeUndefined()
  expect(Object.keys(book.citations())).toEqual(['c-1', 'c-2'])
  expect(book.citeText(budget, '/class')).toBe('c-3')
  expect(book.of('c-3')?.value).toBe('host-bound')
})

test('one place has one id, two documents have two, and every citation is whole', () => {
  const book = new CitationBook()
  const [one, other] = [document({ n: 1 }), document({ n: 1 }, 'timeline')]
  expect(book.cite(one, '/n')?.citation).toBe('c-1')
  expect(book.cite(other, '/n')?.citation).toBe('c-2')
  expect(book.cite(one, '/n')?.citation).toBe('c-1')
  const citations = book.citations()
  for (const citation of Object.values(citations)) expect(() => citationSchema.parse(citation)).not.toThrow()
  expect(citations['c-2']).toMatchObject({ command: 'timeline@0.1.0', pointer: '/n', value: 1, tier: 'L2', standing: 'DRAFT' })
})

test('a derived figure names its operands, keeps their files and the weakest tier, and is not there where one is missing', () => {
  const book = new CitationBook()
  const budget = document({ part: 30, whole: 120 })
  const other = { ...document({ n: 3 }, 'kernels'), tier: 'L1' as const, artifacts: [{ path: 'b', sha256: 'b'.repeat(64) }] }
  const [part, whole, n] = [book.cite(budget, '/part'), book.cite(budget, '/whole'), book.cite(other, '/n')]
  const share = book.derive('ratio', [part, whole])
  expect(share?.value).toBe(0.25)
  expect(book.derive('ratio', [part, whole])?.citation).toBe(share?.citation)
  expect(book.of(share?.citation ?? '')).toMatchObject({ command: 'arithmetic@1', input: { operation: 'ratio', of: ['c-1', 'c-2'] } })
  const mixed = book.derive('product', [share, n, 1e9])
  expect(book.of(mixed?.citation ?? '')).toMatchObject({ tier: 'L1', value: 0.75e9, input: { of: [share?.citation, 'c-3', 1e9] } })
  expect(book.of(mixed?.citation ?? '')?.artifacts.map(({ path }) => path)).toEqual(['a.sqlite', 'b'])
  expect(book.derive('ratio', [part, undefined])).toBeUndefined()
  expect(book.derive('ratio', [part, 0])).toBeUndefined()
  expect(book.derive('sum', [1, 2])).toBeUndefined()
  for (const citation of Object.values(book.citations())) expect(() => citationSchema.parse(citation)).not.toThrow()
})
