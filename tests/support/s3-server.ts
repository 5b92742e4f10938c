/** A small S3 server in this process that checks AWS Signature Version 4 by its specification, and vanishes on demand. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const s3Keys = { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' } as const

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  )
  if (match === null) return false
  const [, credential = '', signedHeaders = '', signature = ''] = match
  const [access, date = '', region = '', service = '', kind] = credential.split('/')
  if (access !== s3Keys.AWS_ACCESS_KEY_ID || kind !== 'aws4_request') return false
  const url = new URL(request.url ?? '/', 'http://s3')
  const query = [...url.searchParams]
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
    .sort()
    .join('&')
  const content = String(request.headers['x-amz-content-sha256'] ?? '')
  if (content !== 'UNSIGNED-PAYLOAD' && content !== hash(body)) return false
  const headers = signedHeaders
    .split(';')
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}\n`,
    )
    .join('')
  const canonical = [request.method, url.pathname, query, headers, signedHeaders, content].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date']), scope, hash(canonical)].join('\n')
  const key = hmac(hmac(hmac(hmac(`AWS4${s3Keys.AWS_SECRET_ACCESS_KEY}`, date), region), service), 'aws4_request')
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))
}

export interface S3Server {
  readonly endpoint: string
  /** `bucket/key` to bytes. */
  readonly objects: Map<string, Buffer>
  readonly puts: string[]
  /** From now on the n-th put (from 1) and every request after it is cut: the server is gone. Infinity: it stays. */
  vanishAtPut(n: number): void
  close(): Promise<void>
}

const failure = (response: ServerResponse, status: number, code: string): ServerResponse =>
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)

export async function startS3(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const puts: string[] = []
  let left = Number.POSITIVE_INFINITY
  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): ServerResponse {
    if (!isSigned(request, body)) return failure(response, 403, 'SignatureDoesNotMatch')
    const url = new URL(request.url ?? '/', 'http://s3')
    const path = decodeURIComponent(url.pathname).slice(1)
    if (path !== bucket && !path.startsWith(`${bucket}/`)) return failure(response, 404, 'NoSuchBucket')
    if (url.searchParams.get('list-type') === '2') {
      const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`
      const after = url.searchParams.get('continuation-token') ?? ''
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
      // Small pages, so that paging is used.
      const page = keys.slice(0, 5)
      const more =
        keys.length > page.length
          ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
          : '<IsTruncated>false</IsTruncated>'
      return response
        .writeHead(200)
        .end(
          `<ListBucketResult>${page.map((key) => `<Contents><Key>${key.slice(bucket.length + 1)}</Key></Contents>`).join('')}${more}</ListBucketResult>`,
        )
    }
    if (request.method === 'PUT') {
      objects.set(path, body)
      puts.push(path)
      return response.writeHead(200).end()
    }
    if (request.method === 'DELETE') {
      objects.delete(path)
      return response.writeHead(204).end()
    }
    const found = objects.get(path)
    if (found === undefined) return failure(response, 404, 'NoSuchKey')
    return response.writeHead(200, { 'content-length': found.length }).end(request.method === 'HEAD' ? undefined : found)
  }
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (request.method === 'PUT') left -= 1
      if (left <= 0) request.socket.destroy()
      else answer(request, response, Buffer.concat(parts))
    })
  })
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    puts,
    vanishAtPut: (n) => {
      left = n
    },
    close: () =>
      new Promise((fulfil) => {
        server.closeAllConnections()
        server.close(() => fulfil())
      }),
  }
}
