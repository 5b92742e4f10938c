/** Pairs read from bytes against `parseLabels` of each text. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelsAt, pairsOf } from '#model/label-pairs.ts'
import { hashOf } from './byte-texts.ts'
import { LabelScanner } from './label-scanner.ts'

function scanned(texts: readonly string[]) {
  const scanner = new LabelScanner()
  const ids = texts.map((text) => {
    const bytes = Buffer.from(`{${text}}`)
    return scanner.find(bytes, 1, bytes.length - 1, hashOf(bytes.subarray(1, -1)))
  })
  return { ids, texts: scanner.texts, pairs: scanner.pairs() }
}

function expectEqual(texts: readonly string[]): void {
  const distinct = [...new Set(texts)]
  const found = scanned(texts)
  const expected = pairsOf(distinct)
  expect(found.ids).toEqual(texts.map((text) => distinct.indexOf(text)))
  expect(distinct.map((_, set) => found.texts.at(set))).toEqual(distinct)
  const sets = distinct.map((_, set) => set)
  // Order too: what is printed is in the order of the file.
  expect(sets.map((set) => Object.entries(labelsAt(found.pairs, set)))).toEqual(sets.map((set) => Object.entries(labelsAt(expected, set))))
  expect([...found.pairs.unreadable]).toEqual([...expected.unreadable])
  // Equal values have one id, and different ones two.
  const values = Array.from({ length: found.pairs.values.length }, (_, id) => found.pairs.values.at(id))
  expect(new Set(values).size).toBe(values.length)
}

test('what exporters write, and what is no list of labels', () => {
  expectEqual([
    'engine="0",model_name="m/x",le="+Inf"',
    'engine="0",model_name="m/x",le="0.1",',
    '',
    ' a="1" , b="2" ',
    'a="1",a="2",b="3"',
    'a="x\\\\y",b="x\\y"',
    'a="ü",b="\u2028"',
    '"quoted.name",a="1"',
    '"1"="x",a="1"',
    '__proto__="1",a="2"',
    'constructor="1"',
    'a=1',
    'a="1',
    'a="1"b="2"',
    '0a="1"',
    '="1"',
    'a=""',
    ',',
    Array.from({ length: 40 }, (_, index) => `l${index}="${index}"`).join(','),
  ])
})

test('any text, as parseLabels reads it', () => {
  const name = fc.oneof(fc.constantFrom('a', 'le', 'engine', '__proto__', 'a.b', '1', '', 'é'), fc.string({ maxLength: 6 }))
  const value = fc.oneof(fc.constantFrom('1', '', '+Inf', '\\"', '\\\\', '"', ','), fc.string({ maxLength: 6 }))
  const pair = fc.tuple(name, fc.constantFrom('="', '=', ' = "', '"'), value, fc.constantFrom('"', '', '" '))
  const text = fc
    .tuple(fc.array(pair, { maxLength: 5 }), fc.constantFrom(',', ' , ', ''))
    .map(([pairs, comma]) => pairs.map((each) => each.join('')).join(comma))
  fc.assert(fc.property(fc.array(text, { maxLength: 6 }), expectEqual), { seed: 20261129, numRuns: 2000 })
})
