/** The address of a server, as people copy it: with a path prefix, with or without `/api/v1`. Never with credentials. */
import { SextantError } from '#base/errors.ts'

export interface ServerAddress {
  readonly origin: string
  /** '' or a path that begins with a slash and does not end with one; `/api/v1/…` follows it. */
  readonly prefix: string
  readonly isLoopback: boolean
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Throws `usage`. What follows `user:password@` is never repeated in a message. */
export function parseAddress(text: string): ServerAddress {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new SextantError(
      'usage',
      'the address of the server is no URL.',
      'Write it like http://127.0.0.1:9090 or https://host/prometheus.',
    )
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new SextantError(
      'usage',
      `the address of the server begins with ${url.protocol}, not http: or https:.`,
      'Write it like http://127.0.0.1:9090.',
    )
  if (url.username !== '' || url.password !== '')
    throw new SextantError(
      'usage',
      'the address of the server holds a user or a password, which would stay in the history of the shell.',
      'Give them in SEXTANT_PROMETHEUS_USER and SEXTANT_PROMETHEUS_PASSWORD (or SEXTANT_PROMETHEUS_PASSWORD_FILE).',
    )
  if (url.search !== '' || url.hash !== '')
    throw new SextantError(
      'usage',
      'the address of the server has a part after ? or #.',
      'Give only the part before it; headers go into a file named by SEXTANT_PROMETHEUS_HEADERS_FILE.',
    )
  const prefix = url.pathname.replace(/\/(?:api\/v1(?:\/.*)?|graph)?$/, '').replace(/\/+$/, '')
  return { origin: url.origin, prefix, isLoopback: isLoopbackHost(url.hostname) }
}
