import { expect, test } from 'vitest'
import { labelsAt, pairsOf } from './label-pairs.ts'

test('pairs give back the labels of each text, and say which text is none', () => {
  const pairs = pairsOf(['a="1",b="x\\"y"', 'b="2",a="1",b="3"', '', 'a=1', 'ü="ü"', '"quoted name"="1"'])
  expect([0, 1, 2, 3, 4, 5].map((set) => labelsAt(pairs, set))).toEqual([
    { a: '1', b: 'x"y' },
    { b: '3', a: '1' },
    {},
    {},
    {},
    { 'quoted name': '1' },
  ])
  expect([...pairs.unreadable]).toEqual([3, 4])
})
