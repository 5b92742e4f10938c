/** A scripted OpenAI-compatible server on 127.0.0.1: each request is answered by a function of the test, byte by byte where it wants. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SseRequest {
  readonly path: string
  readonly body: Record<string, unknown>
  readonly number: number
}

export interface SseServer {
  readonly url: string
  readonly requests: SseRequest[]
  close(): Promise<void>
}

export type Answer = (response: ServerResponse, request: SseRequest) => void | Promise<void>

export const pause = (ms: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, ms))

export function chunk(delta: unknown, finish: string | null = null): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'test', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
}

export function usage(prompt: number, completion: number, total = prompt + completion): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } })}\n\n`
}

export const DONE = 'data: [DONE]\n\n'

export function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()
}

/** `tokens` chunks, one every `gapMs`, after `firstMs`. */
export function steady(tokens: number, firstMs: number, gapMs: number): Answer {
  return async (response) => {
    openStream(response)
    await pause(firstMs)
    response.write(chunk({ role: 'assistant', content: '' }))
    for (let token = 0; token < tokens; token++) {
      if (token > 0) await pause(gapMs)
      response.write(chunk({ content: ` t${token}` }))
    }
    response.end(`${chunk({}, 'length')}${usage(10, tokens)}${DONE}`)
  }
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((fulfil, reject) => {
    let text = ''
    request.on('data', (part) => {
      text += part
    })
    request.on('end', () => fulfil(text))
    request.on('error', reject)
  })
}

/** @param page what GET answers beside /v1/models; undefined: 404. */
export async function sseServer(answer: Answer, page: (path: string) => string | undefined = () => undefined): Promise<SseServer> {
  const requests: SseRequest[] = []
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined)
    if (request.method === 'GET') {
      const models = JSON.stringify({ object: 'list', data: [{ id: 'test-model', root: 'org/test-model', max_model_len: 4096 }] })
      const text = request.url === '/v1/models' ? models : page(request.url ?? '')
      response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(text ?? '{}')
      return
    }
    try {
      const text = await bodyOf(request)
      const asked: SseRequest = { path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown>, number: requests.length }
      requests.push(asked)
      await answer(response, asked)
    } catch {
      // A client that went away is part of some tests.
      response.destroy()
    }
  })
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((fulfil) => {
        server.close(() => fulfil())
        server.closeAllConnections()
      }),
  }
}
