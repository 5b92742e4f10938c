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
