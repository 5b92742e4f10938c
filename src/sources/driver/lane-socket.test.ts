import { createServer, type Server, type Socket } from 'node:net'
import { Client } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { LaneSocket, laneConnector } from './lane-socket.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

/** A server that lets the test write raw bytes to whoever has sent something. */
async function server(onRequest: (socket: Socket) => void): Promise<number> {
  const made: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => onRequest(socket))
    open.push({ close: () => socket.destroy() })
  })
  await new Promise<void>((fulfil) => made.listen(0, '127.0.0.1', fulfil))
  open.push({ close: () => made.close() })
  return (made.address() as { port: number }).port
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly error?: string
}

function ask(client: Client): Promise<Answer> {
  return new Promise((fulfil) => {
    let body = ''
    let status = 0
    client.dispatch(
      { path: '/', method: 'POST', body: 'x' },
      {
        onRequestStart() {},
        onResponseStart: (_, code) => {
          status = code
        },
        // A copy in the turn: later the bytes belong to another read.
        onResponseData: (_, chunk) => {
          body += chunk.toString('latin1')
        },
        onResponseEnd: () => fulfil({ status, body }),
        onResponseError: (_, error) => fulfil({ status, body, error: (error as Error & { code?: string }).code ?? error.message }),
      },
    )
  })
}

function lanes(port: number, count: number, timeoutMs = 2000): Client[] {
  const connect = laneConnector(timeoutMs)
  return Array.from({ length: count }, () => {
    const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect })
    open.push({ close: () => void client.destroy().catch(() => undefined) })
    return client
  })
}

const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

test('many lanes share one buffer and none reads another’s bytes', async () => {
  let number = 0
  const port = await server((socket) => {
    const letter = String.fromCharCode(65 + (number++ % 26))
    socket.write(head)
    let left = 20
    const timer = setInterval(() => {
      socket.write(chunk(letter.repeat(300)))
      if (--left > 0) return
      clearInterval(timer)
      socket.write('0\r\n\r\n')
    }, 1)
  })
  const clients = lanes(port, 12)
  for (let round = 0; round < 3; round++) {
    for (const { status, body, error } of await Promise.all(clients.map(ask))) {
      expect({ status, error }).toEqual({ status: 200, error: undefined })
      expect(body).toBe((body[0] ?? '').repeat(6000))
    }
  }
})

test('a name with several addresses: tried in turn, each with the shared buffer', async () => {
  const port = await server((socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello`))
  const client = new Client(`http://localhost:${port}`, { connect: laneConnector(2000) })
  open.push({ close: () => void client.destroy().catch(() => undefined) })
  expect(await ask(client)).toEqual({ status: 200, body: 'hello' })
})

test('an answer larger than the buffer, and one that the server closes instead of ending', async () => {
  const long = 'y'.repeat(1_000_000)
  const port = await server((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${long}`))
  const [client] = lanes(port, 1)
  if (client === undefined) throw new Error('no lane')
  expect((await ask(client)).body.length).toBe(1_000_000)
  expect((await ask(client)).body.length).toBe(1_000_000)
})

test('a reset in the middle is an error, and what came before it was given', async () => {
  const port = await server((socket) => {
    socket.write(head + chunk('part'))
    setTimeout(() => socket.resetAndDestroy(), 30)
  })
  const [client] = lanes(port, 1)
  if (client === undefined) throw new Error('no lane')
  expect(await ask(client)).toEqual({ status: 200, body: 'part', error: 'ECONNRESET' })
})

test('nothing listens: refused; nobody answers: a timeout by its name', async () => {
  const port = await server(() => undefined)
  for (const each of open.splice(0)) each.close()
  const [refused] = lanes(port, 1)
  if (refused === undefined) throw new Error('no lane')
  expect((await ask(refused)).error).toBe('ECONNREFUSED')
  // TEST-NET-1: no host has it (RFC 5737); where the network says so at once, that is told instead.
  const silent = new Client('http://192.0.2.1:9', { connect: laneConnector(200) })
  open.push({ close: () => void silent.destroy().catch(() => undefined) })
  expect((await ask(silent)).error).toMatch(/^(UND_ERR_CONNECT_TIMEOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|EACCES|ETIMEDOUT)$/)
})

test('bytes that nobody takes in their turn are kept', async () => {
  const port = await server((socket) => {
    socket.write('first')
    setTimeout(() => socket.write('second'), 30)
  })
  const socket = new LaneSocket(new Uint8Array(1024))
  open.push({ close: () => socket.destroy() })
  await new Promise<void>((fulfil) => socket.connect({ host: '127.0.0.1', port }, fulfil))
  socket.write('x')
  await new Promise((fulfil) => setTimeout(fulfil, 100))
  expect(String(socket.read())).toBe('firstsecond')
  expect(socket.read()).toBeNull()
})
