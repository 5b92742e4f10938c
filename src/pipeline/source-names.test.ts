import { expect, test } from 'vitest'
import { sourceNames } from './source-names.ts'

test('one file is named by its base name, wherever it lies', () => {
  expect(sourceNames(['/data/a/report.sqlite'])).toEqual(['report.sqlite'])
  expect(sourceNames(['./report.sqlite'])).toEqual(['report.sqlite'])
  expect(sourceNames(['/data/jacobi_pqtdir/'])).toEqual(['jacobi_pqtdir'])
})

test('equal base names get as many parents as tell them apart', () => {
  expect(sourceNames(['/x/rank0/trace.json', '/x/rank1/trace.json', '/x/rank1/other.json'])).toEqual([
    'rank0/trace.json',
    'rank1/trace.json',
    'other.json',
  ])
  expect(sourceNames(['/a/b/t.json', '/c/b/t.json'])).toEqual(['a/b/t.json', 'c/b/t.json'])
})

test('the same path twice stays the same name', () => {
  expect(sourceNames(['/a/t.json', '/a/t.json'])).toEqual(['t.json', 't.json'])
})
