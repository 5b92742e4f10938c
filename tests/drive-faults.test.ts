/** What a server can do wrong: each is counted under its own name, ends in bounded time, and is never a success. */
import { expect, test } from 'vitest'
import { drive } from './support/drive-run.ts'
import { type Answer, chunk, DONE, openStream, pause, sseServer, steady, usage } from './support/sse-server.ts'

/** Every answer is this one; four requests, one at a time. */
async function outcomesOf(answer: Answer) {
  const server = await sseServer(answer)
  try {
    const run = await drive([server.url, '--requests', '4', ...alone, '--output-tokens', '3'])
    expect(run.lines).toHaveLength(run.cell.attempts)
    return run
  } finally {
    await server.close()
  }
}

/** One request at a time, and none beside them. */
const alone = ['--concurrency', '1', '--warm-up-requests', '0', '--tokens-per-word', '1', '--no-metrics']

const tokens = chunk({ content: 'a' }) + chunk({ content: 'b' }) + chunk({ content: 'c' })
const end = chunk({}, 'length') + usage(5, 3) + DONE

function text(body: string): Answer {
  return (response) => {
    openStream(response)
    response.end(body)
  }
}

const wrong: readonly (readonly [outcome: string, title: string, answer: Answer])[] = [
  ['http-429', 'too many requests', (response) => void response.writeHead(429).end('{"error": "slow down"}')],
  ['http-5xx', 'a server error', (response) => void response.writeHead(500).end('out of memory')],
  ['http-4xx', 'a refused request', (response) => void response.writeHead(400).end('no such model')],
  ['not-a-stream', 'an answer in one piece', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')],
  ['reset', 'a connection reset before the answer', (response) => void response.socket?.resetAndDestroy()],
  [
    'reset-mid-stream',
    'a connection reset within the answer',
    async (response) => {
      openStream(response)
      response.write(chunk({ content: 'a' }))
      await pause(20)
      response.socket?.resetAndDestroy()
    },
  ],
  [
    'reset-mid-stream',
    'a connection closed inside the chunked body',
    async (response) => {
      openStream(response)
      response.write(chunk({ content: 'a' }))
      await pause(20)
      response.socket?.end()
    },
  ],
  ['truncated', 'a stream that ends without an end', text(chunk({ content: 'a' }))],
  ['truncated', 'a stream that ends inside an event', text(`${tokens}${chunk({}, 'length')}data: {"id"`)],
  ['no-first-token', 'no event at all', (response) => openStream(response)],
  [
    'stalled',
    'nothing more after an event',
    (response) => {
      openStream(response)
      response.write(chunk({ content: 'a' }))
    },
  ],
  [
    'timed-out',
    'a stream that goes on and on',
    async (response) => {
      openStream(response)
      for (let token = 0; token < 100 && !response.destroyed; token++) {
        response.write(chunk({ content: 'a' }))
        await pause(100)
      }
    },
  ],
  ['malformed-stream', 'broken JSON', text(`${tokens}data: {"choices": [{]}\n\n${end}`)],
  ['malformed-stream', 'a line that is no field', text(`${tokens}Internal Server Error\n\n${end}`)],
  [
    'invalid-utf8',
    'half a character within an event',
    (response) => {
      openStream(response)
      response.write(
        Buffer.concat([Buffer.from('data: {"choices":[{"delta":{"content":"'), Buffer.from([0xe6, 0xbc]), Buffer.from('"}}]}\n\n')]),
      )
      response.end(end)
    },
  ],
  ['error-in-stream', 'an error as an event', text(`${tokens}data: {"error": {"message": "engine died", "code": 500}}\n\n${DONE}`)],
  ['wrong-usage', 'fewer tokens than chunks with text', text(`${tokens}${chunk({}, 'length')}${usage(5, 2)}${DONE}`)],
  ['wrong-usage', 'more tokens than asked for', text(`${tokens}${chunk({}, 'length')}${usage(5, 51)}${DONE}`)],
  ['wrong-usage', 'a total that is no sum', text(`${tokens}${chunk({}, 'length')}${usage(5, 3, 9)}${DONE}`)],
  ['no-output', 'a stream without text', text(`${chunk({ role: 'assistant', content: '' })}${chunk({}, 'stop')}${usage(5, 0)}${DONE}`)],
  ['malformed-http', 'an answer that is no HTTP', (response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n\r\n')],
]

test('whatever goes wrong is counted under its name, ends in bounded time and is never a success', async () => {
  const server = await sseServer((response, request) => wrong[request.number]?.[2](response, request))
  const limits = ['--first-token-timeout-s', '1', '--stall-timeout-s', '1', '--request-timeout-s', '3']
  try {
    const { cell, lines, status } = await drive([
      server.url,
      '--requests',
      String(wrong.length),
      ...alone,
      '--output-tokens',
      '50',
      ...limits,
    ])
    const inOrder = [...lines].sort((a, b) => a.index - b.index)
    expect(inOrder.map(({ outcome }, index) => `${wrong[index]?.[1]}: ${outcome}`)).toEqual(
      wrong.map(([outcome, title]) => `${title}: ${outcome}`),
    )
    expect([cell.completed, cell.failed, cell.latencies, cell.rates]).toEqual([0, wrong.length, [], []])
    expect([status, cell.validity.state, cell.validity.reasons[0]?.code]).toEqual([1, 'invalid', 'no-successful-requests'])
    expect(cell.failures.map(({ text }) => text)).toEqual(expect.arrayContaining(['out of memory', expect.stringContaining('engine died')]))
  } finally {
    await server.close()
  }
})

test('what is only unusual is a success: split characters, split events, huge chunks, comments, late close', async () => {
  const unusual = Buffer.from(
    `: keep-alive\r\n\r\n${chunk({ content: '漢🙂' })}${chunk({ content: 'x'.repeat(1_500_000) })}${chunk({ content: 'é' })}${end}`,
  )
  const { cell, lines } = await outcomesOf(async (response) => {
    openStream(response)
    for (const byte of unusual.subarray(0, 300)) {
      response.write(Buffer.of(byte))
      if (byte > 127) await pause(1)
    }
    response.end(unusual.subarray(300))
  })
  expect(cell.outcomes).toEqual({ completed: 4 })
  expect(lines.every(({ output_tokens: output, chunk_bits: bits }) => output === 3 && bits.length === 6)).toBe(true)
})

test('several events in one write share a stamp and are counted one by one', async () => {
  const { cell, lines } = await outcomesOf(text(tokens + end))
  expect(cell.outcomes).toEqual({ completed: 4 })
  expect(lines[0]?.chunk_bits).toEqual([3, 3, 3, 9, 16, 32])
  expect(new Set(lines[0]?.chunk_ns).size).toBe(1)
})

test('nobody listens: refused, and the run says so before it begins', async () => {
  const server = await sseServer(text(tokens + end))
  await server.close()
  await expect(drive([server.url, '--requests', '4'])).rejects.toThrow(/no answer from .*ECONNREFUSED/)
})

test('a server that dies: what was open is counted, and the rest is refused', async () => {
  const server = await sseServer(async (response, request) => {
    if (request.number === 2) {
      setTimeout(() => void server.close(), 10)
      openStream(response)
      response.write(chunk({ content: 'a' }))
      return
    }
    await (request.number < 2 ? text(tokens + end) : openStream)(response, request)
  })
  const { cell } = await drive([server.url, '--requests', '6', ...alone, '--output-tokens', '3'])
  expect(cell.outcomes).toEqual({ completed: 2, 'reset-mid-stream': 1, refused: 3 })
  expect(cell.validity.reasons.map(({ code }) => code)).toContain('too-many-errors')
})

test('another attempt may succeed, and every attempt that failed stays counted', async () => {
  const server = await sseServer(async (response, request) => {
    if (request.number % 2 === 0) response.writeHead(429).end()
    else await steady(3, 5, 2)(response, request)
  })
  try {
    const args = [server.url, '--requests', '4', ...alone, '--output-tokens', '3']
    const { cell, lines } = await drive([...args, '--retries', '1'])
    expect(cell.outcomes).toEqual({ completed: 4, 'http-429': 4 })
    expect([cell.failed, cell.completedAfterRetry]).toEqual([4, 4])
    expect(cell.validity.state).toBe('invalid')
    // The pause before the second attempt is part of what the caller waited.
    const waits = lines
      .filter(({ outcome }) => outcome === 'completed')
      .map((line) => Number(BigInt(line.end_ns) - BigInt(line.sent_ns)) / 1e6)
    expect(Math.min(...waits)).toBeGreaterThan(100)
  } finally {
    await server.close()
  }
})

test('no usage: the request counts, its tokens are unknown and no rate is made up', async () => {
  const { cell } = await outcomesOf(text(tokens + chunk({}, 'length') + DONE))
  expect(cell.outcomes).toEqual({ completed: 4 })
  expect(cell.tokens).toEqual({ requestsWithoutUsage: 4, shorterThanAsked: 0 })
  expect(cell.rates.map(({ quantity }) => quantity)).toEqual(['requests'])
  expect(cell.latencies.map(({ quantity }) => quantity)).not.toContain('tpot')
  expect(cell.marks.map(({ code }) => code)).toContain('no-usage')
})
