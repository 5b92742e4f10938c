import { expect, test } from 'vitest'
import { labelsAt, pairsOf } from '#model/label-pairs.ts'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { LabelClasses } from './label-classes.ts'

test('equal in what counts, whatever the order and the rest', () => {
  const pairs = pairsOf(['a="1",b="2",rank="0"', 'rank="1",b="2",a="1"', 'a="2",b="1"', 'a="1"', '', 'rank="7"', 'b="1",a="2"'])
  const classes = new LabelClasses(pairs, (name) => name !== 'rank')
  expect([6, 0, 1, 2, 3, 4, 5].map((set) => classes.of(set))).toEqual([0, 1, 1, 0, 2, 3, 3])
  expect([classes.exemplar(1), classes.length]).toEqual([0, 4])
})

test('the same classes as sorted texts give, for thousands of sets', () => {
  const random = seededRandom(7)
  const texts = new Set<string>()
  while (texts.size < 6000) {
    const names = ['a', 'b', 'c', 'rank', 'pid'].filter(() => random.below(4) > 0).sort(() => random.below(3) - 1)
    texts.add(names.map((name) => `${name}="${random.below(name === 'pid' ? 2000 : 12)}"`).join(','))
  }
  const pairs = pairsOf([...texts])
  const classes = new LabelClasses(pairs, (name) => name !== 'pid')
  const expected = new Map<string, number>()
  for (let set = 0; set < texts.size; set++) {
    const { pid: _, ...labels } = labelsAt(pairs, set)
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (!expected.has(key)) expected.set(key, expected.size)
    expect(classes.of(set)).toBe(expected.get(key))
  }
  expect(expected.size).toBeGreaterThan(1024)
})
