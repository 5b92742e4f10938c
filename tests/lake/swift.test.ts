/**
 * The lake on a real S3 server, OpenStack Swift, which checks signatures and has no conditional put. SEXTANT_SLOW=1, and Swift installed
 * (scripts/provision-services.sh --slow).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bucket, openBucket, tryInterruptions } from '../support/bucket-trials.ts'
import { both, newState, oldState } from '../support/lake-campaign.ts'
import type { Moment } from '../support/s3-gate.ts'
import { type Swift, startSwift, swiftAbsent, swiftKeys } from '../support/swift-service.ts'

const why = process.env['SEXTANT_SLOW'] === '1' ? swiftAbsent : 'slow: SEXTANT_SLOW=1 runs it'

describe.skipIf(why !== undefined)(`the lake on OpenStack Swift${why === undefined ? '' : ` (absent: ${why})`}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'sextant-swift-lake-'))
  let swift: Swift
  let bucket: Bucket
  beforeAll(async () => {
    swift = await startSwift()
    await swift.createBucket('lake')
    bucket = await openBucket(join(root, 'own'), swift.endpoint, 's3://lake/perflake', swiftKeys)
  }, 180_000)
  afterAll(async () => {
    await bucket?.close()
    await swift?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  test('a wrong secret is refused and nothing is written; a missing bucket is named; a repeat writes nothing', async () => {
    const { campaign } = bucket
    const elsewhere = ['--lake', 's3://lake/other', '--endpoint', swift.endpoint, '--i-understand-publishes-external']
    const wrong = { ...swiftKeys, AWS_SECRET_ACCESS_KEY: 'not-the-secret' }
    const { answer } = await campaign.run(['lake', 'publish', 'old', ...elsewhere], wrong)
    expect(answer.error).toMatchObject({ code: 'access_denied', message: expect.stringContaining('SignatureDoesNotMatch') })
    expect(JSON.stringify(answer)).not.toContain('not-the-secret')
    const keys = await swift.keys('lake')
    expect(keys.length).toBe(23)
    expect(keys.filter((key) => key.startsWith('other/'))).toEqual([])
    const nowhere = ['--lake', 's3://no-such-bucket', '--endpoint', swift.endpoint, '--i-understand-publishes-external']
    expect((await campaign.run(['lake', 'publish', 'old', ...nowhere])).answer.error?.code).toBe('file_not_found')
    const first = await campaign.run<{ outcome: string; written: string[] }>(['lake', 'publish', 'old', ...elsewhere])
    expect([first.answer.outcome, first.answer.written.length]).toEqual(['published', 23])
    const again = await campaign.run<{ outcome: string; written: string[] }>(['lake', 'publish', 'old', ...elsewhere])
    expect([again.answer.outcome, again.answer.written]).toEqual(['unchanged', []])
    expect((await campaign.query(both, '--lake', 's3://lake/other', '--endpoint', swift.endpoint)).answer.rows).toEqual([oldState])
  })

  test('kill -9 of a publisher at every put, while it is sent and after it: old or new, and the same command goes on', async () => {
    let tried = 0
    const everyOne = (changes: number): [number, Moment][] => {
      tried = 2 * changes
      return Array.from({ length: changes }, (_, index) => index + 1).flatMap((n): [number, Moment][] => [
        [n, 'half sent'],
        [n, 'done, not answered'],
      ])
    }
    const tally = await tryInterruptions(bucket, everyOne, (child) => void child.kill('SIGKILL'))
    process.stdout.write(
      `figure: Swift, kill -9 at ${tried} moments: ${tally.old} times the old campaign, ${tally.new} times the new one\n`,
    )
    expect([tally.old + tally.new, tally.old > 9, tally.new > 9]).toEqual([tried, true, true])
  })

  test('the server is killed while a part is sent (an object, the commit, a copy), comes back, and the same command goes on', async () => {
    const gone: unknown[] = []
    const tally = await tryInterruptions(
      bucket,
      (changes, commit) => [
        [commit - 2, 'half sent'],
        [commit, 'half sent'],
        [commit, 'done, not answered'],
        [changes - 2, 'half sent'],
      ],
      () => swift.kill(),
      async () => {
        gone.push(await bucket.seen())
        await swift.restart()
      },
    )
    expect(gone).toEqual(Array(4).fill('server_unreachable'))
    process.stdout.write(`figure: Swift, server killed 4 times: ${tally.old} times the old campaign, ${tally.new} times the new one\n`)
    expect(tally).toEqual({ old: 2, new: 2 })
  })

  test('two publishers at once: a reader sees one of them whole at every moment', async () => {
    const seen: unknown[] = []
    for (let round = 0; round < 3; round += 1) seen.push(...(await bucket.atOnce()))
    for (const state of seen) expect([oldState, newState]).toContainEqual(state)
    process.stdout.write(`figure: Swift, two publishers at once, 3 times: ${seen.length} reads, all whole\n`)
  })
})
