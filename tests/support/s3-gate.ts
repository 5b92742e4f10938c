/**
 * Between an S3 client and its server: passes every request on as it is (signatures hold: the host in them is the gate's), counts those that
 * change something, and interrupts one of them when a test wants it: with half of its body sent, or done and not yet answered.
 */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Moment = 'half sent' | 'done, not answered'

export interface Gate {
  readonly endpoint: string
  /** `PUT key` and `DELETE key` since `reset`, in order of arrival. */
  readonly changes: readonly string[]
  /** At the n-th change from now on (from 1) `act` happens and the connection is cut. */
  interrupt(n: number, moment: Moment, act: () => void | Promise<void>): void
  reset(): void
  close(): Promise<void>
}

export async function startGate(upstream: string): Promise<Gate> {
  const changes: string[] = []
  let planned: { n: number; moment: Moment; act: () => void | Promise<void> } | undefined
  function pass(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { hostname, port } = new URL(upstream)
    const isChange = request.method === 'PUT' || request.method === 'DELETE'
    if (isChange) changes.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`)
    const now = isChange && planned?.n === changes.length ? planned : undefined
    const onward = ask({ hostname, port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        if (now?.moment === 'done, not answered') void cut(request, now.act)
        else response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(parts))
      })
      answer.on('error', () => request.socket.destroy())
    })
    onward.on('error', () => request.socket.destroy())
    if (now?.moment !== 'half sent') {
      onward.end(body)
      return
    }
    // The whole length was announced: the server waits for the rest, which never comes.
    onward.write(body.subarray(0, body.length >> 1), async () => {
      await cut(request, now.act)
      onward.destroy()
    })
  }
  async function cut(request: IncomingMessage, act: () => void | Promise<void>): Promise<void> {
    planned = undefined
    await act()
    request.socket.destroy()
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => pass(request, Buffer.concat(parts), response))
    request.on('error', () => undefined)
  })
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    endpoint: `http://127.0.0.1:${port}`,
    changes,
    interrupt: (n, moment, act) => {
      planned = { n, moment, act }
    },
    reset: () => {
      changes.length = 0
      planned = undefined
    },
    close: () =>
      new Promise((fulfil) => {
        server.closeAllConnections()
        server.close(() => fulfil())
      }),
  }
}
