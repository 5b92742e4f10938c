/** Point by point: what can be wrong with a server, and the error that says so. The server is a loopback one that misbehaves on order. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { isSextantError, SextantError } from '#base/errors.ts'
import { Random } from '#base/random.ts'
import { freePort } from '../../../tests/support/free-port.ts'
import { type Asked, type Loopback, sendJson, startLoopback } from '../../../tests/support/loopback-server.ts'
import { hasProgram } from '../../../tests/support/service.ts'
import { openPrometheus, type PrometheusOptions } from './client.ts'

const opened: { close(): Promise<void> }[] = []
const started: Loopback[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
  for (const each of started.splice(0)) await each.stop()
})

const matrix = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { __name__: 'm', a: '1' },
        values: [
          [1, '0.5'],
          [2, '1.5'],
        ],
      },
    ],
  },
}

type Reply = (response: ServerResponse, asked: Asked, count: number) => void

async function serving(reply: Reply): Promise<Loopback> {
  let count = 0
  const loopback = await startLoopback((asked, response) => {
    count += 1
    reply(response, asked, count)
  })
  started.push(loopback)
  return loopback
}

function source(url: string, options: Partial<PrometheusOptions> = {}) {
  const { env = {}, ...rest } = options
  const one = openPrometheus(url, { kind: 'prometheus', backOffMs: 1, timeoutMs: 5000, env, ...rest })
  opened.push(one)
  return one
}

async function failure(url: string, options: Partial<PrometheusOptions> = {}): Promise<SextantError> {
  const result = await source(url, options)
    .rawSamples('m', 0, 10_000)
    .then(
      () => new Error('it answered'),
      (error: unknown) => error,
    )
  if (!isSextantError(result)) throw result
  return result
}

async function failureOf(reply: Reply, options: Partial<PrometheusOptions> = {}): Promise<SextantError> {
  return failure((await serving(reply)).url, options)
}

function sendText(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

test('a whole answer is read, whatever its pieces', async () => {
  const text = JSON.stringify(matrix)
  const { url } = await serving((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    let at = 0
    const send = (): void => {
      if (at >= text.length) response.end()
      else response.write(text.slice(at, at + 7), () => setImmediate(send))
      at += 7
    }
    send()
  })
  const { series } = await source(url).rawSamples('m', 0, 10_000)
  expect(series).toEqual([{ labels: { __name__: 'm', a: '1' }, timesMs: Float64Array.of(1000, 2000), values: Float64Array.of(0.5, 1.5) }])
})

test('a dead server: tried again, then named', async () => {
  const error = await failure(`http://127.0.0.1:${await freePort()}`, { attempts: 3 })
  expect(error).toMatchObject({ code: 'server_unreachable', message: expect.stringMatching(/no server answers.*ECONNREFUSED, 3 attempts/) })
})

test('a name that no machine has is not tried again', async () => {
  expect(await failure('http://prometheus.invalid:9090')).toMatchObject({
    code: 'server_unreachable',
    message: expect.stringContaining('no machine has the name'),
  })
})

test('a 400 holds the words of the server', async () => {
  const error = await failureOf((response) =>
    sendJson(response, { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected "}"' }, 400),
  )
  expect(error).toMatchObject({
    code: 'query_refused',
    message: 'the query is not valid for this server (400): parse error: unexpected "}".',
  })
})

test('a 422 is refused evaluation; one about too many samples is split until no window is left', async () => {
  const many = await failureOf((response) =>
    sendJson(response, { status: 'error', errorType: 'execution', error: 'many-to-many matching not allowed' }, 422),
  )
  expect(many).toMatchObject({ code: 'query_refused', message: expect.stringContaining('cannot evaluate the query (422): many-to-many') })
  const large = {
    status: 'error',
    errorType: 'execution',
    error: 'query processing would load too many samples into memory in query execution',
  }
  const loopback = await serving((response) => sendJson(response, large, 422))
  const whole = await source(loopback.url)
    .rawSamples('m', 0, 240_000)
    .catch((error: unknown) => error)
  expect(whole).toMatchObject({ code: 'query_too_large' })
  expect(loopback.asked.map(({ form }) => form.get('query'))).toEqual(['m[240000ms]', 'm[120000ms]', 'm[60000ms]'])
})

test('limits are known in the words of each server', async () => {
  const words: readonly (readonly [number, string])[] = [
    [422, 'query processing would load too many samples into memory in query execution'],
    [400, 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)'],
    [422, 'the number of matching timeseries exceeds 300000; either narrow down the search or increase -search.maxUniqueTimeseries'],
    [422, 'the query time range exceeds the limit (query length: 744h0m0s, limit: 721h0m0s)'],
    [422, 'the query exceeded the maximum number of chunks (limit: 2000000 chunks) (err-mimir-max-chunks-per-query)'],
    [500, 'rpc error: code = ResourceExhausted desc = exceeded series limit: limit 1000 violated (got 2000)'],
    [413, ''],
  ]
  for (const [status, error] of words)
    expect(
      await failureOf((response) => sendJson(response, { status: 'error', errorType: 'execution', error }, status)),
      error,
    ).toMatchObject({ code: 'query_too_large' })
})

test('windows that were split give each sample once', async () => {
  const { url } = await serving((response, { form }) => {
    const [, window = ''] = /\[(\d+)ms\]/.exec(form.get('query') ?? '') ?? []
    const end = Number(form.get('time'))
    if (Number(window) > 120_000) return sendJson(response, { status: 'error', errorType: 'execution', error: 'too many samples' }, 422)
    // Both ends closed, as Prometheus 2 has it.
    const values = Array.from({ length: Number(window) / 1000 + 1 }, (_, at) => [end - Number(window) / 1000 + at, '1'])
    sendJson(response, { status: 'success', data: { resultType: 'matrix', result: [{ metric: { a: '1' }, values }] } })
  })
  const { series } = await source(url).rawSamples('m', 0, 480_000)
  expect(Array.from(series[0]?.timesMs ?? [])).toEqual(Array.from({ length: 480 }, (_, at) => (at + 1) * 1000))
})

test('a 503 or 429 is tried again, as the server asks, and then told', async () => {
  const times: number[] = []
  const { url, asked } = await serving((response, _, count) => {
    times.push(performance.now())
    if (count === 1) sendJson(response, {}, 429, { 'retry-after': '1' })
    else if (count === 2) sendText(response, 503, 'text/plain', 'no backend')
    else sendJson(response, matrix)
  })
  expect((await source(url).rawSamples('m', 0, 10_000)).series).toHaveLength(1)
  expect(asked).toHaveLength(3)
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
  const error = await failureOf((response) => sendText(response, 503, 'text/plain', 'no backend'), { attempts: 3 })
  expect(error).toMatchObject({
    code: 'server_unavailable',
    message: expect.stringContaining('(503 after 3 attempts)'),
    details: { answer: 'no backend' },
  })
  // An hour is not waited for.
  const busy = await serving((response) => sendJson(response, {}, 429, { 'retry-after': '3600' }))
  expect(await failure(busy.url)).toMatchObject({ code: 'server_unavailable' })
  expect(busy.asked).toHaveLength(1)
})

test('a 500 is told at once: asking again would only add to it', async () => {
  const loopback = await serving((response) => sendJson(response, { status: 'error', errorType: 'internal', error: 'boom' }, 500))
  expect(await failure(loopback.url)).toMatchObject({ code: 'server_unavailable', message: expect.stringContaining('boom') })
  expect(loopback.asked).toHaveLength(1)
})

test('a server that gives up on a query (503 timeout) is not asked the same again', async () => {
  const loopback = await serving((response) =>
    sendJson(response, { status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation' }, 503),
  )
  expect(await failure(loopback.url)).toMatchObject({ code: 'timed_out', message: expect.stringContaining('gave up on the query') })
  expect(loopback.asked).toHaveLength(1)
})

test('a slow reply: neither headers that never come nor a body that trickles holds us', async () => {
  expect(await failureOf(() => undefined, { timeoutMs: 300 })).toMatchObject({
    code: 'timed_out',
    message: 'the server did not finish its answer within 0.3 s.',
  })
  const trickle = await failureOf(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(timer))
    },
    { timeoutMs: 400 },
  )
  expect(trickle).toMatchObject({ code: 'timed_out' })
})

test('a truncated body: cut by the connection, by its own end, or inside gzip', async () => {
  const text = JSON.stringify(matrix)
  const cut = await failureOf(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) })
      response.write(text.slice(0, 60), () => response.destroy())
    },
    { attempts: 2 },
  )
  expect(cut).toMatchObject({ code: 'broken_response', message: expect.stringMatching(/cut off: the connection .* broke .*2 attempts/) })
  for (let length = 1; length < text.length; length += 9) {
    const ended = await failureOf((response) => sendText(response, 200, 'application/json', text.slice(0, length)))
    expect(ended, String(length)).toMatchObject({ code: 'broken_response', message: `the answer was cut off after ${length} bytes.` })
  }
  const zipped = gzipSync(text)
  const inside = await failureOf(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(zipped.subarray(0, zipped.length - 12))
    },
    { attempts: 1 },
  )
  expect(inside).toMatchObject({ code: 'broken_response' })
})

test('gzip is asked for where it pays, and read', async () => {
  const { url, asked } = await serving((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(gzipSync(JSON.stringify(matrix)))
  })
  expect((await source(url, { compress: true }).rawSamples('m', 0, 10_000)).series).toHaveLength(1)
  expect(asked[0]?.headers['accept-encoding']).toBe('gzip')
})

test('an HTML login page, with 200 or another status, is told as such', async () => {
  const page = '<!doctype html>\n<html><head><title>Sign in \u001b[31m· Corp</title></head><body></body></html>'
  for (const status of [200, 400]) {
    const error = await failureOf((response) => sendText(response, status, 'text/html; charset=utf-8', page))
    expect(error).toMatchObject({ code: 'access_denied', message: expect.stringMatching(/web page \(Sign in .* Corp\).*login page/) })
    expect(error.message).not.toContain('\u001b')
  }
})

test('an expired token is asked to be renewed, and never shown', async () => {
  const token = 'sekrit-token-0123456789'
  for (const [status, words] of [
    [401, /has expired/],
    [403, /does not let these credentials/],
  ] as const) {
    const error = await failureOf(
      (response) => sendJson(response, { status: 'error', errorType: 'unauthorized', error: `token ${token} expired` }, status),
      {
        env: { SEXTANT_PROMETHEUS_TOKEN: token },
      },
    )
    expect(error).toMatchObject({ code: 'access_denied', message: expect.stringMatching(words) })
    expect(`${JSON.stringify(error.details)} ${error.message} ${error.hint} ${error.stack}`).not.toContain(token)
  }
})

test('redirects: followed on the same server only', async () => {
  const elsewhere = await serving((response) => sendJson(response, matrix))
  const here = await serving((response, { path }) => {
    if (path.startsWith('/old')) {
      response.writeHead(308, { location: path.replace('/old', '/new') })
      response.end()
    } else if (path.startsWith('/new')) sendJson(response, matrix)
    else {
      response.writeHead(302, { location: `${elsewhere.url}/login?state=sekrit-state` })
      response.end()
    }
  })
  expect((await source(`${here.url}/old`).rawSamples('m', 0, 10_000)).series).toHaveLength(1)
  const error = await failure(here.url, { env: { SEXTANT_PROMETHEUS_TOKEN: 'abc' } })
  expect(error).toMatchObject({ code: 'access_denied', message: expect.stringContaining('redirect (302)') })
  expect(error.message).not.toContain('sekrit-state')
  expect(elsewhere.asked).toEqual([])
})

test('not JSON, not the API, another type of result, a body of nothing', async () => {
  const answers: readonly (readonly [string, RegExp])[] = [
    ['ok', /not JSON/],
    ['', /empty/],
    ['{"a": 1}', /no status/],
    ['{"status":"success","data":{"resultType":"vector","result":[]}}', /a vector where a matrix/],
    ['{"status":"success","data":{"result":[]}}', /no resultType/],
    ['{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":1},"values":[]}]}}', /label a is no string/],
    ['{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}', /"x" is no number/],
    ['{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,2]]}]}}', /no string/],
    ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[]}]}}', /no labels/],
  ]
  for (const [body, message] of answers) {
    const error = await failureOf((response) => sendText(response, 200, 'application/json', body))
    expect(error, body).toMatchObject({ code: 'broken_response', message: expect.stringMatching(message) })
  }
  expect(await failureOf((response) => sendText(response, 404, 'text/plain', '404 page not found'))).toMatchObject({
    code: 'query_refused',
    message: expect.stringContaining('no Prometheus API under /api/v1/query'),
    hint: expect.stringContaining('prefix'),
  })
})

test('something that does not speak HTTP', async () => {
  const { createServer: createTcp } = await import('node:net')
  const server = createTcp((socket) => socket.resume().end('220 mail ready\r\n'))
  const port = await freePort()
  await new Promise<void>((fulfil) => server.listen(port, '127.0.0.1', fulfil))
  expect(await failure(`http://127.0.0.1:${port}`, { attempts: 1 })).toMatchObject({
    code: 'broken_response',
    message: expect.stringContaining('does not speak HTTP'),
  })
  await new Promise((fulfil) => server.close(fulfil))
})

test('a gateway that refuses POST is asked by GET', async () => {
  const { url, asked } = await serving((response, { method }) =>
    method === 'POST' ? sendText(response, 405, 'text/plain', 'no') : sendJson(response, matrix),
  )
  expect((await source(url).rawSamples('m', 0, 10_000)).series).toHaveLength(1)
  expect(asked.at(-1)?.form.get('query')).toBe('m[10000ms]')
})

test('warnings of a partial response are kept', async () => {
  const { url } = await serving((response) =>
    sendJson(response, { ...matrix, warnings: ['store 10.0.0.1 is down'], infos: ['PromQL info'] }),
  )
  expect((await source(url).rawSamples('m', 0, 10_000)).warnings).toEqual(['PromQL info', 'store 10.0.0.1 is down'])
})

test('TLS: an unknown authority is refused by name, and accepted by its file', async (context) => {
  if (!hasProgram('openssl')) context.skip('openssl absent: no certificate can be made')
  const folder = mkdtempSync(join(tmpdir(), 'sextant-tls-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ])
  expect(made.status).toBe(0)
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) => sendJson(response, matrix))
  const port = await freePort()
  await new Promise<void>((fulfil) => server.listen(port, '127.0.0.1', fulfil))
  const url = `https://127.0.0.1:${port}`
  expect(await failure(url, { attempts: 1 })).toMatchObject({
    code: 'server_unreachable',
    message: expect.stringContaining('TLS'),
    hint: expect.stringContaining('SEXTANT_PROMETHEUS_CA_FILE'),
  })
  expect((await source(url, { env: { SEXTANT_PROMETHEUS_CA_FILE: certificate } }).rawSamples('m', 0, 10_000)).series).toHaveLength(1)
  server.closeAllConnections()
  await new Promise((fulfil) => server.close(fulfil))
  rmSync(folder, { recursive: true })
})

test('credentials: from the environment or files, each in its header', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-credentials-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const { url, asked } = await serving((response) => sendJson(response, matrix))
  const headersWith = async (env: Record<string, string>) => {
    await source(url, { env }).rawSamples('m', 0, 10_000)
    return asked.at(-1)?.headers ?? {}
  }
  expect((await headersWith({ SEXTANT_PROMETHEUS_TOKEN_FILE: file('token', 'abc\n') }))['authorization']).toBe('Bearer abc')
  expect((await headersWith({ SEXTANT_PROMETHEUS_USER: 'u', SEXTANT_PROMETHEUS_PASSWORD: 'pä' }))['authorization']).toBe('Basic dTpww6Q=')
  const headers = await headersWith({
    SEXTANT_PROMETHEUS_HEADERS_FILE: file('headers', '# for the gateway\nX-Api-Key: k1\n'),
    SEXTANT_PROMETHEUS_TENANT: 'team-a',
  })
  expect(headers).toMatchObject({ 'x-api-key': 'k1', 'x-scope-orgid': 'team-a' })
  for (const env of [
    { SEXTANT_PROMETHEUS_TOKEN: 'a', SEXTANT_PROMETHEUS_USER: 'u' },
    { SEXTANT_PROMETHEUS_TOKEN: 'a', SEXTANT_PROMETHEUS_TOKEN_FILE: join(folder, 'token') },
    { SEXTANT_PROMETHEUS_TOKEN_FILE: file('empty', '') },
    { SEXTANT_PROMETHEUS_TOKEN: 'a\nHost: evil' },
    { SEXTANT_PROMETHEUS_HEADERS_FILE: file('bad', 'Host: evil\n') },
    { SEXTANT_PROMETHEUS_PASSWORD: 'p' },
    { SEXTANT_PROMETHEUS_KEY_FILE: join(folder, 'token') },
  ])
    expect(() => source(url, { env }), JSON.stringify(env)).toThrow(SextantError)
  expect(() => source(url, { env: { SEXTANT_PROMETHEUS_TOKEN_FILE: join(folder, 'absent') } })).toThrow(/no such file/)
  rmSync(folder, { recursive: true })
})

test('addresses: credentials are refused in them and not repeated; prefixes are kept', async () => {
  for (const address of ['http://user:sekrit@host/', 'http://host/?token=sekrit', 'sekrit', 'ftp://sekrit']) {
    const error = (() => {
      try {
        return openPrometheus(address, { env: {} })
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'usage' })
    expect(String(error), address).not.toContain('sekrit')
  }
  const { url, asked } = await serving((response) => sendJson(response, matrix))
  for (const suffix of ['', '/', '/api/v1', '/api/v1/query', '/graph', '/prometheus', '/select/0/prometheus/'])
    await source(url + suffix).rawSamples('m', 0, 1000)
  expect(asked.map(({ path }) => path)).toEqual([
    ...Array(5).fill('/api/v1/query'),
    '/prometheus/api/v1/query',
    '/select/0/prometheus/api/v1/query',
  ])
})

test('Thanos and Mimir are told from Prometheus, and get the parameters that keep answers raw and whole', async () => {
  const kindOf = async (build: unknown, hasStores: boolean, headers: Record<string, string> = {}) => {
    const loopback = await serving((response, { path }) => {
      if (path.endsWith('/buildinfo')) sendJson(response, { status: 'success', data: build }, 200, headers)
      else if (path.endsWith('/stores') && !hasStores) sendText(response, 404, 'text/plain', '404 page not found')
      else if (path.endsWith('/stores')) sendJson(response, { status: 'success', data: {} })
      else sendJson(response, matrix)
    })
    const one = openPrometheus(loopback.url, { env: {}, backOffMs: 1 })
    opened.push(one)
    await one.rawSamples('m', 0, 10_000)
    return { ...(await one.server()), form: Object.fromEntries(loopback.asked.at(-1)?.form ?? []) }
  }
  expect(await kindOf({ version: '0.34.0', goVersion: 'go1.21' }, true)).toMatchObject({
    kind: 'thanos',
    version: '0.34.0',
    form: { dedup: 'true', max_source_resolution: '0s', partial_response: 'false' },
  })
  expect(await kindOf({ application: 'Grafana Mimir', version: '2.10.0' }, false)).toMatchObject({ kind: 'mimir', version: '2.10.0' })
  expect(await kindOf({}, false, { 'x-server-hostname': 'vm' })).toMatchObject({ kind: 'victoriametrics', form: { nocache: '1' } })
  const known = await kindOf({ version: '3.5.0', goVersion: 'go1.24' }, false)
  expect(known).toMatchObject({ kind: 'prometheus', version: '3.5.0' })
  expect(known.form).not.toHaveProperty('dedup')
})

test('damaged answers give an error of ours or an answer, never a crash', async () => {
  const seed = Number(process.env['SEXTANT_SEED'] ?? 4)
  const random = new Random(seed)
  const text = Buffer.from(JSON.stringify({ ...matrix, warnings: ['w'], infos: ['i'] }))
  let body = text
  const { url } = await serving((response) => sendText(response, 200, 'application/json', body.toString('latin1')))
  const one = source(url, { attempts: 1 })
  for (let mutant = 0; mutant < 400; mutant += 1) {
    body = Buffer.from(text)
    for (let change = random.integer(1, 3); change > 0; change -= 1) {
      const at = random.integer(0, body.length - 1)
      if (random.uniform() < 0.5) body[at] = random.pick([0, 34, 44, 48, 58, 91, 92, 93, 110, 123, 125, 255])
      else body = Buffer.concat([body.subarray(0, at), body.subarray(random.integer(at, body.length))])
    }
    const result: unknown = await one.rawSamples('m', 0, 10_000).catch((error: unknown) => error)
    if (result instanceof Error)
      expect(isSextantError(result), `seed ${seed}, mutant ${mutant}: ${String(result)} of ${body.toString('latin1')}`).toBe(true)
  }
})
