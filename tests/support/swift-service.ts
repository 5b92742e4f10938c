/**
 * A one-node OpenStack Swift with its S3 API: a real server that checks signatures. Debian: scripts/provision-services.sh. Everything in a
 * folder of its own, on free ports of 127.0.0.1, ended by process id.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { freePort } from './free-port.ts'
import { hasProgram } from './service.ts'

const programs = ['memcached', 'swift-ring-builder', 'swift-account-server', 'swift-container-server', 'swift-object-server']

/** Undefined where it can be started; else why not. */
export const swiftAbsent: string | undefined =
  [...programs, 'swift-proxy-server'].every(hasProgram) && process.getuid?.() === 0
    ? undefined
    : 'OpenStack Swift absent (or not root): scripts/provision-services.sh installs it on Debian'

export const swiftKeys = { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' } as const

const kinds = ['account', 'container', 'object'] as const
const READY_WITHIN_MS = 60_000

export interface Swift {
  readonly endpoint: string
  /** SIGKILL to the server of the S3 API and to those that store objects: it is gone, whatever it was doing. */
  kill(): Promise<void>
  /** Again on the same ports and the same disk. */
  restart(): Promise<void>
  /** Keys of a bucket, sorted, asked for by another client than the one under test. */
  keys(bucket: string): Promise<string[]>
  createBucket(bucket: string): Promise<void>
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] })
  running.add(child)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((fulfil) => child.once('exit', () => fulfil()))
  child.kill(signal)
  await ended
}

function must(command: string, args: readonly string[], cwd: string): void {
  const run = spawnSync(command, args, { cwd, encoding: 'utf8' })
  // 1: done, with a warning.
  if (run.status === null || run.status > 1) throw new Error(`${command} ${args.join(' ')}: ${run.stderr}${run.stdout}`)
}

interface Ports {
  readonly account: number
  readonly container: number
  readonly object: number
  readonly proxy: number
  readonly memcached: number
}

const storageConf = (kind: (typeof kinds)[number], port: number, folder: string): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = root
swift_dir = ${folder}
devices = ${join(folder, 'dev')}
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
allow_versions = true
`

const proxyConf = ({ proxy, memcached }: Ports, folder: string): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${proxy}
workers = 0
user = root
swift_dir = ${folder}
[pipeline:main]
pipeline = catch_errors proxy-logging cache listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# A busy machine is no outage: half a second to connect is the default.
conn_timeout = 20
node_timeout = 60
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
s3_acl = no
location = us-east-1
check_bucket_owner = false
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${memcached}
${['catch_errors', 'listing_formats', 'bulk', 'slo', 'dlo'].map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}[filter:proxy-logging]
use = egg:swift#proxy_logging
`

async function configure(folder: string): Promise<Ports> {
  const [account, container, object, proxy, memcached] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const ports = { account, container, object, proxy, memcached }
  mkdirSync(join(folder, 'dev/d1'), { recursive: true })
  writeFileSync(
    join(folder, 'swift.conf'),
    '[swift-hash]\nswift_hash_path_suffix = sextant\nswift_hash_path_prefix = test\n[storage-policy:0]\nname = Policy-0\ndefault = yes\n',
  )
  for (const kind of kinds) {
    const builder = `${kind}.builder`
    must('swift-ring-builder', [builder, 'create', '4', '1', '1'], folder)
    must('swift-ring-builder', [builder, 'add', `r1z1-127.0.0.1:${ports[kind]}/d1`, '1'], folder)
    must('swift-ring-builder', [builder, 'rebalance'], folder)
    writeFileSync(join(folder, `${kind}-server.conf`), storageConf(kind, ports[kind], folder))
  }
  writeFileSync(join(folder, 'proxy-server.conf'), proxyConf(ports, folder))
  return ports
}

export async function startSwift(): Promise<Swift> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-swift-'))
  const ports = await configure(folder)
  const endpoint = `http://127.0.0.1:${ports.proxy}`
  const client = new AwsClient({
    accessKeyId: swiftKeys.AWS_ACCESS_KEY_ID,
    secretAccessKey: swiftKeys.AWS_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'us-east-1',
    retries: 0,
  })
  const cache = start('memcached', ['-l', '127.0.0.1', '-p', String(ports.memcached), '-u', 'root', '-m', '16'])
  let servers: ChildProcess[] = []
  async function up(): Promise<void> {
    servers = [...kinds, 'proxy'].map((kind) => start(`swift-${kind}-server`, [join(folder, `${kind}-server.conf`)]))
    for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await pause(100)) {
      if (servers.some(({ exitCode }) => exitCode !== null)) break
      // Signed, and answered from the storage servers: all of them are there.
      const answer = await client.fetch(`${endpoint}/`).catch(() => undefined)
      await answer?.body?.cancel()
      if (answer?.ok === true) return
    }
    throw new Error('Swift did not start')
  }
  async function down(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(servers.map((child) => end(child, signal)))
    servers = []
  }
  async function stop(): Promise<void> {
    await down('SIGKILL')
    await end(cache, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await up()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    endpoint,
    kill: () => down('SIGKILL'),
    restart: up,
    stop,
    createBucket: async (bucket) => {
      const answer = await client.fetch(`${endpoint}/${bucket}`, { method: 'PUT' })
      if (!answer.ok) throw new Error(`bucket: ${answer.status} ${await answer.text()}`)
    },
    keys: async (bucket) => {
      const answer = await client.fetch(`${endpoint}/${bucket}?list-type=2&max-keys=1000`)
      return [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key).sort()
    },
  }
}
