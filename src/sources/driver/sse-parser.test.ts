import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_EVENT_BYTES, SseParser } from './sse-parser.ts'

function parse(chunks: readonly Uint8Array[]): { readonly events: string[]; readonly parser: SseParser } {
  const events: string[] = []
  const parser = new SseParser((bytes, from, to) => void events.push(Buffer.from(bytes.subarray(from, to)).toString('utf8')))
  for (const chunk of chunks) parser.push(chunk)
  return { events, parser }
}

const bytes = (text: string) => new TextEncoder().encode(text)

/** Every byte alone, in pairs, and so on: wherever the network cuts, the events are the same. */
function everySplit(text: string): string[] {
  const whole = bytes(text)
  const expected = parse([whole]).events
  for (let size = 1; size <= whole.length; size++) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < whole.length; at += size) chunks.push(whole.slice(at, at + size))
    expect(parse(chunks).events, `chunks of ${size} bytes`).toEqual(expected)
  }
  return expected
}

test('events are the same wherever the stream is cut', () => {
  expect(everySplit('data: {"a":"é漢🙂"}\n\ndata: [DONE]\n\n')).toEqual(['{"a":"é漢🙂"}', '[DONE]'])
  expect(everySplit('data: 1\r\n\r\ndata: 2\r\n\r\n')).toEqual(['1', '2'])
  expect(everySplit('data: 1\r\rdata: 2\r\r')).toEqual(['1', '2'])
  expect(everySplit(': ping\n\nevent: x\nid: 7\nretry: 10\ndata:tight\ndata: two\n\ndata\n\n')).toEqual(['tight\ntwo', ''])
  expect(everySplit('data: a\n\n\n\ndata: b\n\n')).toEqual(['a', 'b'])
})

test('random events, line ends, comments and cuts', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, '').replace(/^ /, '_'))
  const end = fc.constantFrom('\n', '\r\n', '\r')
  const scenario = fc.record({
    events: fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
    end,
    comment: fc.boolean(),
    cuts: fc.array(fc.nat(400), { maxLength: 8 }),
  })
  fc.assert(
    fc.property(scenario, ({ events, end: eol, comment, cuts }) => {
      const text = events
        .map((lines) => `${comment ? `: c${eol}` : ''}${lines.map((each) => `data: ${each}${eol}`).join('')}${eol}`)
        .join('')
      const whole = bytes(text)
      const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
      const chunks = places.slice(1).map((place, index) => whole.slice(places[index], place))
      const { events: got, parser } = parse(chunks)
      // A mark at the very start of the stream belongs to no line; here it can only stand inside a data line.
      expect(got).toEqual(events.map((lines) => lines.join('\n')))
      expect([parser.isMidEvent, parser.fault]).toEqual([false, undefined])
    }),
    { numRuns: 300 },
  )
})

test('a byte order mark is skipped, an unfinished event is told, other lines are damage', () => {
  expect(parse([bytes('\ufeffdata: 1\n\n')]).events).toEqual(['1'])
  expect(parse([bytes('data: {"half":')]).parser.isMidEvent).toBe(true)
  expect(parse([bytes('data: whole\n')]).parser.isMidEvent).toBe(true)
  for (const text of ['<html>\n', 'data {"a":1}\n', 'datum: 1\n', 'event-source: 1\n'])
    expect(parse([bytes(text)]).parser.fault).toBe('unknown-field')
  expect(parse([bytes('<html>\ndata: 1\n\n')]).events).toEqual([])
})

test('an endless line ends at the limit', () => {
  const chunk = new Uint8Array(1 << 20).fill(97)
  const { parser } = parse([bytes('data: '), ...Array.from({ length: MAX_EVENT_BYTES / chunk.length + 1 }, () => chunk)])
  expect(parser.fault).toBe('oversized-event')
})

test('a parser is used again for the next response', () => {
  const { parser, events } = parse([bytes('data: cut')])
  parser.reset()
  parser.push(bytes('data: 1\n\n'))
  expect(events).toEqual(['1'])
})
