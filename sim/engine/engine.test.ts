import { expect, test } from 'vitest'
import { exchangeRaw, stream, testEngine } from '../../tests/support/test-engine.ts'

interface Chunk {
  readonly object: string
  readonly choices: readonly {
    readonly text?: string
    readonly delta?: { readonly role?: string; readonly content?: string }
    readonly finish_reason: string | null
  }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
}
const parse = (events: readonly string[]): Chunk[] => events.slice(0, -1).map((event) => JSON.parse(event) as Chunk)

test('completions: one event per token, then usage, then [DONE]', async () => {
  const { url } = await testEngine()
  const { status, events } = await stream(url, { prompt: 'one two three', max_tokens: 6 })
  expect([status, events.at(-1)]).toEqual([200, '[DONE]'])
  const chunks = parse(events)
  expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, null, null, 'length', undefined])
  expect(
    chunks
      .slice(0, 6)
      .map(({ choices }) => choices[0]?.text)
      .join('')
      .trim()
      .split(' '),
  ).toHaveLength(6)
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 })
})

test('chat: begins with the role and no content; template tokens count', async () => {
  const { url } = await testEngine()
  const { events } = await stream(url, { messages: [{ role: 'user', content: 'one two' }], max_tokens: 3 }, '/v1/chat/completions')
  const chunks = parse(events)
  expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant', content: '' } }] })
  expect(chunks.slice(1, 4).every(({ choices }) => choices[0]?.delta?.content?.startsWith(' '))).toBe(true)
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 3 })
})

test('without include_usage there is no usage; continuous_usage_stats puts it in every event', async () => {
  const { url } = await testEngine()
  const without = await stream(url, { prompt: 'a', max_tokens: 2, stream_options: undefined })
  expect(parse(without.events).some(({ usage }) => usage !== undefined)).toBe(false)
  const every = await stream(url, { prompt: 'a', max_tokens: 3, stream_options: { include_usage: true, continuous_usage_stats: true } })
  expect(parse(every.events).map(({ usage }) => usage?.completion_tokens)).toEqual([1, 2, 3, 3])
})

test('not streamed: one JSON with usage', async () => {
  const { url } = await testEngine()
  const answer = await fetch(`${url}/v1/completions`, { method: 'POST', body: JSON.stringify({ prompt: [5, 6, 7, 8], max_tokens: 4 }) })
  expect(await answer.json()).toMatchObject({ object: 'text_completion', usage: { prompt_tokens: 4, completion_tokens: 4 } })
})

test('an answer ends by itself unless told to ignore the end', async () => {
  const { url, requests } = await testEngine({ naturalTokens: 5 })
  await stream(url, { prompt: 'a', max_tokens: 200 })
  await stream(url, { prompt: 'a', max_tokens: 40, ignore_eos: true })
  expect(requests().map(({ end, outputTokens }) => [end, outputTokens < 41])).toEqual([
    ['stop', true],
    ['length', true],
  ])
  expect(requests()[1]?.outputTokens).toBe(40)
})

test.each([
  ['{"prompt":"x"', 400],
  ['{"prompt":"x","max_tokens":0}', 400],
  ['{"prompt":"x","n":2}', 400],
  ['{"prompt":"x","max_tokens":999999999}', 400],
  ['{"prompt":"x","model":"another"}', 404],
  ['{"prompt":"x","stream_options":{"include_usage":true}}', 400],
])('refuses %s with %i', async (body, status) => {
  const { url } = await testEngine()
  const answer = await fetch(`${url}/v1/completions`, { method: 'POST', body })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(/\S/), code: status } })
})

test('keep-alive, pipelining, a chunked body and 100-continue on one connection', async () => {
  const { engine } = await testEngine()
  const body = '{"prompt":"a b","max_tokens":1}'
  const plain = `POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const chunked = `POST /v1/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n9\r\n${body.slice(0, 9)}\r\n${(body.length - 9).toString(16)}\r\n${body.slice(9)}\r\n0\r\n\r\n`
  const { text } = await exchangeRaw(engine.port, `${plain}GET /health HTTP/1.1\r\nhost: x\r\n\r\n${chunked}`)
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
  expect(text).toContain('HTTP/1.1 100 Continue')
  expect(text.match(/"completion_tokens":1/g)).toHaveLength(2)
})

test.each([
  'nonsense\r\n\r\n',
  'POST / HTTP/1.1\r\ncontent-length: -4\r\n\r\n',
  'GET / HTTP/1.1\r\nno colon here\r\n\r\n',
  `GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}`,
  'POST / HTTP/1.1\r\ncontent-length: 9999999999\r\n\r\n',
])('bytes that are no request end that connection only: %#', async (bytes) => {
  const { engine, url } = await testEngine()
  expect((await exchangeRaw(engine.port, bytes)).text).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

test('a client that goes away frees its place: its request ends as aborted', async () => {
  const { engine, requests, url } = await testEngine({ maxNumSeqs: 1 })
  const body = '{"prompt":"a","max_tokens":5000,"stream":true}'
  const head = `POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  await exchangeRaw(engine.port, head, (text) => text.includes('data:'))
  expect((await stream(url, { prompt: 'a', max_tokens: 2 })).events).toHaveLength(4)
  expect(requests().map(({ end }) => end)).toEqual(['abort', 'length'])
})

test('unknown paths are 404, known ones with another method 405 with what is allowed', async () => {
  const { url } = await testEngine()
  expect((await fetch(`${url}/v2/nothing`)).status).toBe(404)
  const other = await fetch(`${url}/v1/completions`)
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST'])
})

test('models, version, health, and the control endpoint', async () => {
  const { url } = await testEngine({ model: 'org/name' })
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'org/name', max_model_len: 131_072 }] })
  expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  expect(await (await fetch(`${url}/sim/state`)).json()).toMatchObject({
    requests: 0,
    running: 0,
    originEpochNs: expect.stringMatching(/^\d{19}$/),
  })
})
