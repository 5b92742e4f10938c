import { expect, test } from 'vitest'
import { defaultReadLimits } from '#model/reader.ts'
import { EventParser } from '#readers/kineto/event-parser.ts'
import { TraceDocument } from '#readers/kineto/trace-document.ts'
import { kernelEvent, traceText } from '../../../tests/support/kineto-trace.ts'

interface Seen {
  events: string[]
  values: string[]
  damage: object
  complete: boolean
}

/** The whole text through windows of `chunkBytes`. */
function decode(text: string, chunkBytes: number): Seen {
  const parser = new EventParser(defaultReadLimits.maxNesting, defaultReadLimits.maxTextBytes)
  const seen: Seen = { events: [], values: [], damage: {}, complete: false }
  const sink = {
    event: (each: EventParser) => {
      const { phase, pid, tid, startUs, startNs, durationUs, durationNs, device, stream, correlation } = each
      seen.events.push(
        [
          parser.names.texts[each.name],
          phase,
          pid,
          tid,
          startUs,
          startNs,
          durationUs,
          durationNs,
          device,
          stream,
          correlation,
          ...each.geometry,
        ].join(' '),
      )
    },
    wants: (key: string) => key !== 'junk',
    value: (key: string, json: string) => void seen.values.push(`${key}=${json}`),
  }
  const document = new TraceDocument(parser, sink, false, chunkBytes)
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; ) {
    const length = Math.min(chunkBytes, bytes.length - from)
    document.space().set(bytes.subarray(from, from + length))
    document.advance(length, false)
    from += length
  }
  document.space()
  document.advance(0, true)
  return { ...seen, damage: document.damage, complete: document.complete }
}

const events = Array.from({ length: 5 }, (_, index) =>
  kernelEvent(
    `17121954954067${50 + index}.${100 + index}`,
    `${index}.5`,
    { grid: [index, 2, 3], block: [4, 5, 6] },
    { name: `k"${index}\\\u00e9` },
  ),
)
const before = '"schemaVersion": 1, "junk": {"a": ["\\\\", "]}\\"", {"b": 1}]}, "distributedInfo": {"rank": 1}, "other": 7'

test.each([
  ['sound', traceText(events, before, '"baseTimeNanoseconds": 1759300074000000001')],
  ['a bare array', `[${events.join(',')}]`],
  ['damaged', traceText([...events, '{"ph": "X", "name": "unterminated, ', ...events, 'junk', ...events], before)],
  ['cut', traceText(events, before).slice(0, -150)],
])('windows of any size see the same: %s', (_, text) => {
  const whole = decode(text, 65536)
  expect(whole.events.length).toBeGreaterThan(3)
  for (const chunkBytes of [1, 2, 3, 5, 7, 16, 61, 256, 1000]) expect([chunkBytes, decode(text, chunkBytes)]).toEqual([chunkBytes, whole])
})

test('a nested object during recovery is not an event, and the end inside an event is not the end', () => {
  const text = traceText([`{"ph": "X" !, "args": {"list": [{"ph": "nested"}], "x": {"ph": "value"}}}`, ...events])
  const seen = decode(text, 4096)
  expect(seen.events.length).toBe(6)
  expect(seen.events.slice(1).every((each) => each.includes(' 88 '))).toBe(true)
})

test('a second document behind a sound one is not mixed in', () => {
  const text = traceText(events)
  const seen = decode(text + text, 4096)
  expect([seen.events.length, seen.complete]).toEqual([5, true])
  expect(seen.damage).toMatchObject({ bytesAfterEnd: Buffer.byteLength(text.trim()) + 1 })
})

test('members in any order, spacing and spelling are the same event, known before or not', () => {
  const spellings = [
    '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":1.5,"dur":2,"args":{"device":3,"stream":7}}',
    '{ "ph" : "X" ,\n"args": {"stream": 7,\t"device":  3,},  "cat":"kernel", "ts":\n\n1.5,"dur" :2, "name":"k", "tid": 7, "pid": 0 , }',
    '{"name": "k", "x": {"device": 9}, "ph": "X", "cat": "kernel", "pid": 0, "tid": 7, "argv": {"device": 9}, "ts": 1.500, "dur": 2.0, "args": {"Device": 8, "device": 3, "stream": 7}}',
    '{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":   1.5,"dur":2,"args":{"device":  3,"stream":7} }',
  ]
  // More ways to write an event than are remembered: each with a key of its own.
  const unlike = Array.from(
    { length: 300 },
    (_, index) =>
      `{"ph":"X","own${index}":${index},"cat":"kernel","name":"k","pid":0,"tid":7,"ts":1.5,"dur":2,"args":{"device":3,"stream":7}}`,
  )
  const text = `[${[...spellings, ...spellings, ...unlike, ...spellings].join(', ')}]`
  for (const chunkBytes of [1, 40, 65536]) {
    const seen = decode(text, chunkBytes)
    expect(seen.events.length).toBe(312)
    expect(new Set(seen.events)).toEqual(new Set(['k 88 0 7 1 500 2 0 3 7 NaN 0 0 0 0 0 0']))
  }
})

test('a string ends at its first quote that no backslash precedes, wherever it stands', () => {
  for (let lead = 0; lead < 9; lead++) {
    for (const inner of ['', '\\"', '\\\\', 'a\\\\\\"b', '\u00e9\\u0022\\"', '\\"\\"\\"\\"\\"', '\u0001']) {
      const name = `${'x'.repeat(lead)}${inner}${'y'.repeat(8 - lead)}`
      const text = `[{"ph":"X","name":"${name}","cat":"cpu_op","args":{"k${inner}":["${name}","${inner}"]},"ts":1,"pid":1,"tid":${lead}}]`
      for (const chunkBytes of [1, 3, 4096]) {
        const seen = decode(text, chunkBytes)
        expect([seen.events.length, seen.complete, seen.events[0]?.split(' ')[3]]).toEqual([1, true, String(lead)])
      }
    }
  }
})
