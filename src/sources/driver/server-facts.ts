/** What a server says of itself: its models (GET /v1/models), its version (vLLM: GET /version). */
import { request } from 'undici'
import { SextantError } from '#base/errors.ts'
import type { Endpoint } from './endpoint.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 4 * 1024 * 1024

export interface ServerFacts {
  readonly models: readonly { readonly id: string; readonly root?: string; readonly maxModelLen?: number }[]
  readonly version?: string
}

interface Answer {
  readonly status: number
  readonly value: unknown
}

async function get(url: string, authorization: string | undefined): Promise<Answer> {
  const headers = authorization === undefined ? {} : { authorization }
  const response = await request(url, { headers, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS })
  let text = ''
  for await (const part of response.body) {
    text += String(part)
    if (text.length > MAX_BYTES) throw new Error(`${url} answers without end`)
  }
  try {
    return { status: response.statusCode, value: JSON.parse(text) }
  } catch {
    return { status: response.statusCode, value: undefined }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function modelsOf(value: unknown): ServerFacts['models'] {
  const list = isObject(value) && Array.isArray(value['data']) ? value['data'] : []
  return list
    .filter(isObject)
    .flatMap(({ id, root, max_model_len: length }) =>
      typeof id === 'string'
        ? [{ id, ...(typeof root === 'string' ? { root } : {}), ...(typeof length === 'number' ? { maxModelLen: length } : {}) }]
        : [],
    )
}

/** Throws where nothing listens; a server without these routes has no facts. */
export async function askServer(endpoint: Endpoint, authorization?: string): Promise<ServerFacts> {
  let models: Answer
  try {
    models = await get(endpoint.modelsUrl, authorization)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : 'unknown'
    throw new SextantError(
      'server_unreachable',
      `no answer from ${endpoint.origin} (${code})`,
      'Check that the server runs and the URL names its port: curl URL/v1/models',
      { origin: endpoint.origin, code },
      error,
    )
  }
  if (models.status === 401 || models.status === 403) {
    throw new SextantError(
      'access_denied',
      `${endpoint.origin} wants a key (${models.status})`,
      'Name the variable that holds it: --api-key-env NAME',
      {
        status: models.status,
      },
    )
  }
  const version = await get(endpoint.versionUrl, authorization).catch(() => undefined)
  const said = isObject(version?.value) ? version.value['version'] : undefined
  return {
    models: models.status === 200 ? modelsOf(models.value) : [],
    ...(typeof said === 'string' && version?.status === 200 ? { version: said } : {}),
  }
}
