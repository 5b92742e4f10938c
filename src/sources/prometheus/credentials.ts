/**
 * Credentials come from the environment or from files that it names, never from arguments, which stay in histories and in lists of
 * processes. They appear in no output: whatever text a server sends back passes `redact` first.
 */
import { readFileSync, statSync } from 'node:fs'
import { SextantError } from '#base/errors.ts'
import { fileError } from '#platform/access.ts'

const PREFIX = 'SEXTANT_PROMETHEUS_'

/** A token is a line and a list of authorities a few of them. */
const MAX_BYTES = 1024 * 1024

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  /** PEM; absent: the authorities that Node ships. */
  readonly caPem?: string
  /** PEM, for servers that ask the client for a certificate. */
  readonly certificatePem?: string
  readonly keyPem?: string
  /** Whether anything here would be worth stealing. */
  readonly hasSecrets: boolean
  readonly redact: (text: string) => string
}

type Environment = Readonly<Record<string, string | undefined>>

function readFileNamed(variable: string, path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new SextantError(
        'limit_exceeded',
        `the file of ${variable} is larger than ${MAX_BYTES} bytes.`,
        'Name the file that holds only this.',
      )
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
}

/** NAME or the trimmed content of the file in NAME_FILE; both at once is refused, because one of them is out of date. */
function secret(env: Environment, name: string): string | undefined {
  const plain = env[PREFIX + name]
  const file = env[`${PREFIX + name}_FILE`]
  if (plain !== undefined && plain !== '' && file !== undefined && file !== '')
    throw new SextantError('usage', `${PREFIX}${name} and ${PREFIX}${name}_FILE are both set.`, 'Unset one of them.')
  const text = file === undefined || file === '' ? (plain ?? '') : readFileNamed(`${PREFIX}${name}_FILE`, file)
  const trimmed = text.trim()
  if (trimmed === '') {
    if (file !== undefined && file !== '')
      throw new SextantError('usage', `the file of ${PREFIX}${name}_FILE is empty.`, 'Write the secret into it.')
    return undefined
  }
  // What a header cannot carry would fail later, in a message that shows it.
  if (/[^\u0020-\u007e\u0080-\u{10ffff}]/u.test(trimmed))
    throw new SextantError(
      'usage',
      `${PREFIX}${name} holds a line break or another control character.`,
      'Write the secret alone, on one line.',
    )
  return trimmed
}

/** Headers that decide how a message is framed or where it goes are ours. */
const ownHeaders = new Set(['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'accept', 'accept-encoding'])

function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\u0020-\u007e]+)$/.exec(trimmed)
    const [, name = '', value = ''] = match ?? []
    if (match === null || ownHeaders.has(name.toLowerCase()))
      throw new SextantError(
        'usage',
        `line ${index + 1} of the file of ${PREFIX}HEADERS_FILE is no header that can be sent.`,
        'One header a line: Name: value.',
        {
          line: index + 1,
        },
      )
    headers[name.toLowerCase()] = value.trim()
  }
  return headers
}

function authorization(env: Environment): { readonly header?: string; readonly secrets: readonly string[] } {
  const token = secret(env, 'TOKEN')
  const user = secret(env, 'USER')
  const password = secret(env, 'PASSWORD')
  if (token !== undefined && (user !== undefined || password !== undefined))
    throw new SextantError('usage', `both a token and a user are given.`, `Unset ${PREFIX}TOKEN or ${PREFIX}USER and ${PREFIX}PASSWORD.`)
  if (token !== undefined) return { header: `Bearer ${token.replace(/^Bearer\s+/i, '')}`, secrets: [token.replace(/^Bearer\s+/i, '')] }
  if (user === undefined && password === undefined) return { secrets: [] }
  if (user === undefined || user.includes(':'))
    throw new SextantError('usage', `${PREFIX}PASSWORD needs a user without a colon in ${PREFIX}USER.`, `Set ${PREFIX}USER.`)
  const encoded = Buffer.from(`${user}:${password ?? ''}`, 'utf8').toString('base64')
  return { header: `Basic ${encoded}`, secrets: [encoded, ...(password === undefined ? [] : [password])] }
}

/** Longest first, so that no part of a secret survives. */
function redactor(secrets: readonly string[]): (text: string) => string {
  const sorted = [...new Set(secrets.filter((each) => each !== ''))].sort((a, b) => b.length - a.length)
  return (text) => sorted.reduce((clean, each) => clean.replaceAll(each, '[secret]'), text)
}

/** Reads SEXTANT_PROMETHEUS_{TOKEN,USER,PASSWORD}[_FILE], _HEADERS_FILE, _TENANT, _CA_FILE, _CERTIFICATE_FILE, _KEY_FILE. */
export function readCredentials(env: Environment): Credentials {
  const fileOf = (name: string): string | undefined => {
    const path = env[`${PREFIX}${name}_FILE`]
    return path === undefined || path === '' ? undefined : readFileNamed(`${PREFIX}${name}_FILE`, path)
  }
  const { header, secrets } = authorization(env)
  const extra = headersOf(fileOf('HEADERS') ?? '')
  if (header !== undefined && extra['authorization'] !== undefined)
    throw new SextantError('usage', `${PREFIX}HEADERS_FILE holds an Authorization header beside a token or a user.`, 'Keep one of them.')
  const tenant = secret(env, 'TENANT')
  const [caPem, certificatePem, keyPem] = [fileOf('CA'), fileOf('CERTIFICATE'), fileOf('KEY')]
  if ((certificatePem === undefined) !== (keyPem === undefined))
    throw new SextantError('usage', `${PREFIX}CERTIFICATE_FILE and ${PREFIX}KEY_FILE belong together.`, 'Set both or none.')
  return {
    headers: {
      ...extra,
      ...(header === undefined ? {} : { authorization: header }),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    },
    ...(caPem === undefined ? {} : { caPem }),
    ...(certificatePem === undefined || keyPem === undefined ? {} : { certificatePem, keyPem }),
    hasSecrets: secrets.length > 0 || Object.keys(extra).length > 0 || keyPem !== undefined,
    redact: redactor([...secrets, ...Object.values(extra)]),
  }
}
