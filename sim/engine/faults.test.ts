/** Each fault does on the wire what its name says, and the truth names it. */
import { expect, test } from 'vitest'
import { exchangeRaw, stream, testEngine } from '../../tests/support/test-engine.ts'
import { parseFault } from './faults.ts'

const ask = { prompt: 'a b', max_tokens: 6 }

test.each([
  ['http-429', 429],
  ['http-500', 500],
  ['http-503', 503],
])('%s', async (fault, status) => {
  const { url, requests } = await testEngine({ faults: [`${fault}:at=1`] })
  expect((await stream(url, ask)).status).toBe(status)
  expect((await stream(url, ask)).events).toHaveLength(8)
  expect(requests()[0]).toMatchObject({ end: 'refused', fault, outputTokens: 0 })
})

test.each(['reset', 'close'])('%s breaks the body after the events asked for', async (fault) => {
  const { url, requests } = await testEngine({ faults: [`${fault}:at=1,after=3`] })
  const { error } = await stream(url, ask)
  expect(error).toBeDefined()
  expect(requests()[0]).toMatchObject({ end: 'fault', fault, outputTokens: 3, generatedTokens: 4 })
  expect(requests()[0]?.chunkNs).toHaveLength(3)
})

test('reset is a reset: the client sees ECONNRESET, not an orderly end', async () => {
  // Slow steps: libuv calls data and reset an orderly end where both are there at one look.
  const { engine } = await testEngine({ faults: ['reset:after=0'], timeScale: 10 })
  const body = JSON.stringify({ ...ask, stream: true })
  const sent = `POST /v1/completions HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  expect((await exchangeRaw(engine.port, sent)).error).toBe('ECONNRESET')
})

test('stall pauses one stream and then sends what was held', async () => {
  const { url, requests } = await testEngine({ faults: ['stall:after=2,ms=120'] })
  expect((await stream(url, ask)).events).toHaveLength(8)
  const [request] = requests()
  const gapsMs = request?.chunkNs.slice(1).map((ns, index) => (ns - (request.chunkNs[index] ?? 0)) / 1e6) ?? []
  expect(gapsMs[1]).toBeGreaterThan(100)
  expect(request).toMatchObject({ end: 'length', outputTokens: 6 })
})

test('stall without a time and silent leave the client waiting', async () => {
  const { engine } = await testEngine({ faults: ['stall:at=1,after=1', 'silent:at=2'] })
  for (const events of [1, 0]) {
    const body = JSON.stringify({ ...ask, stream: true })
    const waited = new Promise((fulfil) => setTimeout(() => fulfil('waiting'), 150))
    let seen = ''
    const answered = exchangeRaw(engine.port, `POST /v1/completions HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`, (text) => {
      seen = text
      return false
    })
    expect(await Promise.race([waited, answered.then(() => 'answered')])).toBe('waiting')
    expect(seen.match(/data:/g) ?? []).toHaveLength(events)
  }
})

test('malformed-sse: one event is not JSON, the stream goes on', async () => {
  const { url } = await testEngine({ faults: ['malformed-sse:after=2'] })
  const { events } = await stream(url, ask)
  expect(events).toHaveLength(8)
  expect(() => JSON.parse(events[2] ?? '')).toThrow()
  expect(() => JSON.parse(events[3] ?? '')).not.toThrow()
})

test('empty, no-done, no-usage, wrong-usage, error-event', async () => {
  const { url, requests } = await testEngine({
    faults: ['empty:at=1', 'no-done:at=2', 'no-usage:at=3', 'wrong-usage:at=4', 'error-event:at=5'],
  })
  const answers: (readonly string[])[] = []
  for (let index = 0; index < 5; index++) answers.push((await stream(url, ask)).events)
  expect(answers[0]).toEqual(['[DONE]'])
  expect(answers[1]?.at(-1)).toContain('"finish_reason":"length"')
  expect([answers[2]?.length, answers[2]?.at(-1)]).toEqual([7, '[DONE]'])
  expect(answers[3]?.at(-2)).toContain('"completion_tokens":13')
  expect(answers[4]?.at(-2)).toContain('"error"')
  expect(requests().map(({ end, fault }) => [end, fault])).toEqual([
    ['refused', 'empty'],
    ['fault', 'no-done'],
    ['fault', 'no-usage'],
    ['fault', 'wrong-usage'],
    ['fault', 'error-event'],
  ])
})

test('split-bytes: characters of several bytes are torn between reads, and the answer is whole', async () => {
  const { engine, url, requests } = await testEngine({ faults: ['split-bytes'] })
  const body = JSON.stringify({ ...ask, stream: true })
  const { reads } = await exchangeRaw(
    engine.port,
    `POST /v1/completions HTTP/1.1\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  // A read that begins with a continuation byte (10xxxxxx) begins inside a character.
  expect(reads.some((read) => ((read[0] ?? 0) & 0xc0) === 0x80)).toBe(true)
  const { events, error } = await stream(url, ask)
  expect([error, events.length, requests()[0]?.end]).toEqual([undefined, 8, 'length'])
  expect(events[0]).toContain('é€🙂')
})

test('huge-chunk: one event of a megabyte', async () => {
  const { url, requests } = await testEngine({ faults: ['huge-chunk:after=1,bytes=1000000'] })
  const { events } = await stream(url, ask)
  expect(events.map((event) => event.length > 1_000_000)).toEqual([false, true, ...Array.from({ length: 6 }, () => false)])
  expect(requests()[0]?.end).toBe('length')
})

test('die ends every stream and the server; server-dies does at a time', async () => {
  for (const fault of ['die:at=2,after=2', 'server-dies:start=60']) {
    const { url, engine, records } = await testEngine({ faults: [fault] })
    const [first, second] = await Promise.all([
      stream(url, { prompt: 'a', max_tokens: 4000 }),
      stream(url, { prompt: 'b', max_tokens: 4000 }),
    ])
    expect([first.error, second.error].every((error) => error !== undefined)).toBe(true)
    await engine.stop()
    await expect(fetch(`${url}/health`)).rejects.toThrow()
    expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(2)
  }
})

test('refuse: connections are refused for a time, then taken again', async () => {
  const { url } = await testEngine({ faults: ['refuse:ms=150'] })
  await new Promise((fulfil) => setTimeout(fulfil, 40))
  await expect(fetch(`${url}/health`)).rejects.toThrow()
  await new Promise((fulfil) => setTimeout(fulfil, 250))
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

test('freeze: no step is done meanwhile, and the step that it hit lasts as long', async () => {
  const { url, steps } = await testEngine({ faults: ['freeze:start=60,ms=200'] })
  await stream(url, { prompt: 'a', max_tokens: 80 })
  const longest = Math.max(...steps().map(({ startNs, endNs }) => endNs - startNs))
  expect(longest / 1e6).toBeGreaterThan(199)
  expect(longest / 1e6).toBeLessThan(260)
})

test('rules come and go through the control endpoint; a wrong one says what is wrong', async () => {
  const { url } = await testEngine()
  const set = (body: string) => fetch(`${url}/sim/faults`, { method: 'POST', body })
  expect(await (await set('["http-500:count=1","http-429"]')).json()).toEqual({ added: 2 })
  expect([(await stream(url, ask)).status, (await stream(url, ask)).status]).toEqual([500, 429])
  await fetch(`${url}/sim/faults`, { method: 'DELETE' })
  expect((await stream(url, ask)).status).toBe(200)
  expect(await (await set('explode')).json()).toEqual({ error: expect.stringMatching(/fault "explode": one of http-429/) })
})

test.each(['reset:share=2', 'reset:share', 'reset:colour=3', 'stall:ms=-1', 'x'])('%s is no rule', (rule) => {
  expect(() => parseFault(rule)).toThrow(RangeError)
})
