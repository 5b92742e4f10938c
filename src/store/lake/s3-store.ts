/** A bucket of any S3-compatible server, path style, signed with AWS Signature Version 4. Only GET, PUT, DELETE and ListObjectsV2. */
import { AwsClient } from 'aws4fetch'
import { SextantError } from '#base/errors.ts'
import type { ObjectStore } from './object-store.ts'

export interface S3Place {
  readonly endpoint: string
  readonly bucket: string
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string
  readonly region: string
}

export interface S3Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Tables of a campaign are kilobytes: a server that needs longer has gone. */
const TIMEOUT_MS = 30_000
/** Servers ask for patience with 5xx and 429 (SlowDown): three more tries, then it is an outage. */
const TRIES = 4
const PAUSE_MS = 200

const pause = (durationMs: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, durationMs))
const encodeKey = (key: string): string =>
  key
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`))
    .join('/')

/** The code of an S3 error document; its text is a stranger's. */
const codeOf = (body: string): string => /<Code>([A-Za-z0-9]+)<\/Code>/.exec(body)?.[1] ?? ''
const decoded = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')

export class S3Store implements ObjectStore {
  readonly #client: AwsClient
  readonly #place: S3Place

  constructor(place: S3Place, keys: S3Keys) {
    this.#place = place
    this.#client = new AwsClient({ ...keys, service: 's3', region: place.region, retries: 0 })
  }

  #full(key: string): string {
    return this.#place.prefix === '' ? key : `${this.#place.prefix}/${key}`
  }

  #url(key: string): string {
    return `${this.#place.endpoint.replace(/\/$/, '')}/${this.#place.bucket}/${encodeKey(this.#full(key))}`
  }

  async #send(method: string, url: string, body?: Uint8Array): Promise<Response> {
    for (let tried = 1; ; tried += 1) {
      const last = tried === TRIES
      try {
        const request = await this.#client.sign(url, { method, ...(body === undefined ? {} : { body: Buffer.from(body) }) })
        const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
        if (last || (response.status < 500 && response.status !== 429)) return response
        await response.body?.cancel()
      } catch (error) {
        if (last) throw this.#unreachable(error)
      }
      await pause(PAUSE_MS * 2 ** (tried - 1))
    }
  }

  #unreachable(error: unknown): SextantError {
    return new SextantError(
      'server_unreachable',
      `the S3 server at ${this.#place.endpoint} does not answer`,
      'Check --endpoint and the network, then run the same command again: it goes on where it stopped.',
      { endpoint: this.#place.endpoint },
      error,
    )
  }

  async #refused(response: Response, what: string): Promise<never> {
    const code = codeOf(await response.text().catch(() => ''))
    const said = `${response.status}${code === '' ? '' : ` ${code}`}`
    if (response.status === 401 || response.status === 403)
      throw new SextantError(
        'access_denied',
        `the S3 server refuses ${what}: ${said}`,
        'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket’s policy.',
        { status: response.status },
      )
    if (code === 'NoSuchBucket')
      throw new SextantError(
        'file_not_found',
        `there is no bucket ${this.#place.bucket}`,
        'Create it, or name another: --lake s3://BUCKET/PREFIX.',
        {},
      )
    throw new SextantError(
      response.status >= 500 || response.status === 429 ? 'server_unavailable' : 'query_refused',
      `the S3 server answers ${said} to ${what}`,
      'Look into its log; the same command may be run again.',
      { status: response.status },
    )
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const response = await this.#send('GET', this.#url(key))
    if (response.status === 404) {
      if (codeOf(await response.clone().text()) === 'NoSuchBucket') return this.#refused(response, `reading ${key}`)
      return undefined
    }
    if (!response.ok) return this.#refused(response, `reading ${key}`)
    try {
      return new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const response = await this.#send('PUT', this.#url(key), bytes)
    if (!response.ok) return this.#refused(response, `writing ${key}`)
    await response.body?.cancel()
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = []
    const strip = this.#place.prefix === '' ? 0 : this.#place.prefix.length + 1
    for (let token: string | undefined; ; ) {
      const query = new URLSearchParams({
        'list-type': '2',
        prefix: this.#full(prefix),
        ...(token === undefined ? {} : { 'continuation-token': token }),
      })
      const response = await this.#send('GET', `${this.#place.endpoint.replace(/\/$/, '')}/${this.#place.bucket}?${query}`)
      if (!response.ok) return this.#refused(response, `listing ${prefix}`)
      const body = await response.text()
      for (const [, key = ''] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) keys.push(decoded(key).slice(strip))
      const next = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(body)?.[1]
      if (!/<IsTruncated>true<\/IsTruncated>/.test(body) || next === undefined) return keys.sort()
      token = decoded(next)
    }
  }

  /** A put that did not end leaves nothing in a bucket. */
  async abandoned(): Promise<string[]> {
    return []
  }

  async remove(key: string): Promise<void> {
    const response = await this.#send('DELETE', this.#url(key))
    if (!response.ok && response.status !== 404) return this.#refused(response, `removing ${key}`)
    await response.body?.cancel()
  }
}
