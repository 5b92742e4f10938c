/** A bucket whose server checks signatures, in this process: publishers killed, cut off and at once. tests/lake/swift.test.ts does the same to a real one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { type Bucket, openBucket, tryInterruptions } from '../support/bucket-trials.ts'
import { newState, oldState } from '../support/lake-campaign.ts'
import { type S3Server, s3Keys, startS3 } from '../support/s3-server.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-bucket-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let server: S3Server
let bucket: Bucket
let number = 0
beforeEach(async () => {
  number += 1
  server = await startS3('lake')
  bucket = await openBucket(join(root, String(number)), server.endpoint, 's3://lake/perflake', s3Keys)
})
afterEach(async () => {
  await bucket.close()
  await server.close()
})

test('trap H10: kill -9 of a publisher while a part is sent, and after it: readers see the old campaign or the new one, the same command goes on', {
  timeout: 180_000,
}, async () => {
  const tally = await tryInterruptions(
    bucket,
    (changes, commit) => [
      [commit - 1, 'half sent'],
      [commit, 'half sent'],
      [commit, 'done, not answered'],
      [changes - 2, 'half sent'],
    ],
    (child) => void child.kill('SIGKILL'),
  )
  expect(tally).toEqual({ old: 2, new: 2 })
})

test('id and s3 path are written back into SOURCE.md and summary.md, without keys and without the server’s address', async () => {
  for (const name of ['SOURCE.md', 'summary.md']) {
    const text = readFileSync(join(bucket.campaign.folder, 'old', name), 'utf8')
    expect(text).toContain('- Campaign: 20261101T090000Z-decode\n- Lake: s3://lake/perflake\n')
    expect(text).toContain('s3://lake/perflake/atlas\\_v1/dt=2026-11-01/campaign=20261101T090000Z-decode/part-0.parquet')
    expect(text).not.toMatch(/127\.0\.0\.1|testing|test:tester/)
  }
})

test('two publishers at once: readers see one of them whole at every moment, and so does the field at the end', {
  timeout: 180_000,
}, async () => {
  const all = await bucket.atOnce()
  for (const seen of all) expect([oldState, newState]).toContainEqual(seen)
})
