/** Pairs read from bytes against `parseLabels` of each text. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelsAt, pairsOf } from '#model/label-pairs.ts'
import { LabelScanner } from './label-scanner.ts'

function scanned(texts: readonly string[]) {
  const scanner = new LabelScanner()
  const ids = texts.map((text) => {
    const bytes = Buffer.from(`{${text}}`)
    if (!scanner.scan(bytes, 1, bytes.length)) throw new Error(`not closed: ${text}`)
    expect([scanner.from, scanner.to, scanner.at]).toEqual([1, bytes.length - 1, bytes.length])
    return scanner.keep(bytes)
  })
  return { ids, texts: scanner.texts, pairs: scanner.pairs() }
}

/** Whether a brace behind the text is the first outside quotes. */
function isClosed(text: string): boolean {
  let inText = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') inText = !inText
    else if (text[at] === '\\' && inText) at++
    else if (text[at] === '}' && !inText) return false
  }
  return !inText
}

function expectEqual(given: readonly string[]): void {
  const texts = given.filter(isClosed)
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
    'a="1"b="2"',
    '0a="1"',
    '="1"',
    'a=""',
    ',',
    Array.from({ length: 40 }, (_, index) => `l${index}="${index}"`).join(','),
  ])
})

test('a set is read to its brace and no further, and kept only when asked', () => {
  const scanner = new LabelScanner()
  const bytes = Buffer.from('a="}",b="2"} 5 a="}",b="2')
  expect([scanner.scan(bytes, 0, bytes.length), scanner.at, scanner.scan(bytes, 15, bytes.length)]).toEqual([true, 12, false])
  for (let end = 0; end < 12; end++) expect(scanner.scan(bytes, 0, end)).toBe(false)
  expect(scanner.texts.length).toBe(0)
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
