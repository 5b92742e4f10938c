/** An HTTP server on 127.0.0.1 that answers as a test says, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly form: URLSearchParams
}

export interface Loopback {
  readonly url: string
  readonly asked: Asked[]
  stop(): Promise<void>
}

export type Reply = (asked: Asked, response: ServerResponse) => void | Promise<void>

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of request) parts.push(chunk as Buffer)
  return Buffer.concat(parts).toString()
}

function listening(server: Server): Promise<number> {
  return new Promise((fulfil) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      fulfil(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

export async function startLoopback(reply: Reply): Promise<Loopback> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      const form = new URLSearchParams([...url.searchParams, ...new URLSearchParams(body)])
      const one: Asked = { method: request.method ?? '', path: url.pathname, headers: request.headers, form }
      asked.push(one)
      await reply(one, response)
    })
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise((fulfil) => {
        server.close(() => fulfil())
        server.closeAllConnections()
      }),
  }
}

/** JSON with its type; `status` 200 unless given. */
export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}
