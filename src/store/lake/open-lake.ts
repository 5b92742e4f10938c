/** A lake by its name: a folder, or `s3://bucket/prefix`. */
import { statSync } from 'node:fs'
import { SextantError } from '#base/errors.ts'
import { folderStore, type ObjectStore } from './object-store.ts'
import { S3Store } from './s3-store.ts'

/** Where the field's readers look (facts/formats.md section 10). */
const DEFAULT_PREFIX = 'perflake/perf-report'

export interface LakeOptions {
  readonly lake: string
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly path: (given: string) => string
}

export const isRemote = (lake: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(lake)

export interface OpenedLake {
  readonly store: ObjectStore
  /** `s3://bucket/prefix`, or the folder as given: never with keys or secrets. */
  readonly shown: string
}

/** One that is not there yet is empty. */
function openFolder(root: string, shown: string): OpenedLake {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new SextantError('usage', `${shown} is a file, and a lake is a folder`, 'Give the folder of the lake, or s3://BUCKET/PREFIX.')
  return { store: folderStore(root), shown }
}

/** Credentials come from the environment only, as every S3 client takes them; never from an argument that a process list shows. */
export function openLake({ lake, endpoint, region, env, path }: LakeOptions): OpenedLake {
  if (!isRemote(lake)) return openFolder(path(lake), lake.replace(/[\\/]+$/, ''))
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(lake)
  if (match === null) throw new SextantError('usage', `${lake} is no lake`, 'Give a folder, or s3://BUCKET/PREFIX with --endpoint URL.')
  const [, bucket = '', given = ''] = match
  const prefix = given.replace(/^\/+|\/+$/g, '') || DEFAULT_PREFIX
  const where = endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  const [accessKeyId, secretAccessKey, sessionToken] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']]
  if (where === undefined || !/^https?:\/\//.test(where))
    throw new SextantError('usage', 'an S3 lake needs its server', 'Give --endpoint https://HOST, or set AWS_ENDPOINT_URL_S3.')
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new SextantError(
      'access_denied',
      'no credentials for the S3 server',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
    )
  const place = { endpoint: where, bucket, prefix, region: region ?? env['AWS_REGION'] ?? 'us-east-1' }
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return { store: new S3Store(place, keys), shown: `s3://${bucket}/${prefix}` }
}
