/** The lake through the command line: what readers see at every moment of a publish, on a folder and on a bucket whose server checks signatures. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decompress } from 'fzstd'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { LakePublish, LakeQuery, LakeVerify } from '../../src/formats/lake/lake-answers.ts'
import { lakeTables } from '../../src/formats/lake/tables.ts'
import { commitKey } from '../../src/store/lake/commits.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { both, type LakeCampaign, lakeCampaign, newState, oldState } from '../support/lake-campaign.ts'
import { type S3Server, s3Keys, startS3 } from '../support/s3-server.ts'

const compressors = { ZSTD: (input: Uint8Array) => decompress(input) }
const root = mkdtempSync(join(tmpdir(), 'sextant-lake-test-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folder = ''
let number = 0
let campaign: LakeCampaign
beforeEach(() => {
  number += 1
  folder = join(root, String(number))
  campaign = lakeCampaign(folder)
})
const publish: LakeCampaign['publish'] = (...args) => campaign.publish(...args)
const query: LakeCampaign['query'] = (sql, ...args) => campaign.query(sql, ...args)
const verify: LakeCampaign['verify'] = (...args) => campaign.verify(...args)
const change = (title: string): void => campaign.change(title)

describe('lake in a folder', () => {
  it('tables have the columns of the facts in their order; hyparquet and DuckDB read equal sums', { timeout: 60_000 }, async () => {
    const { answer } = await publish('--published-at-utc', '2026-11-02T00:00:00Z')
    expect(answer.outcome).toBe('published')
    for (const { table, key, rows } of answer.commit.tables) {
      const bytes = readFileSync(join(folder, 'lake', key))
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
      const metadata = parquetMetadata(file)
      const shape = lakeTables.find(({ name }) => name === table)
      expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(shape?.columns.map(({ name }) => name))
      for (const [index, column] of (shape?.columns ?? []).entries())
        if (column.type === 'ts')
          expect(metadata.schema[index + 1]?.logical_type).toMatchObject({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' })
      expect(Number(metadata.num_rows)).toBe(rows)
      expect(metadata.key_value_metadata?.find(({ key: name }) => name === 'schema_version')?.value).toBe('1')
    }
    const atlas = answer.commit.tables.find(({ table }) => table === 'atlas_v1')
    const bytes = readFileSync(join(folder, 'lake', atlas?.key ?? ''))
    const read = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      compressors,
    })
    const sum = read.reduce((total, { output_tps_per_gpu: each }) => total + (typeof each === 'number' ? each : 0), 0)
    const { answer: asked } = await query('SELECT sum(output_tps_per_gpu), sum(concurrency)::BIGINT FROM atlas_v1')
    expect(asked.rows[0]?.[0]).toBeCloseTo(sum, 9)
    expect(asked.rows[0]?.[1]).toBe(read.reduce((total, { concurrency }) => total + Number(concurrency), 0))
    // Missing is null, never 0 (trap H2 in the lake): the old client's TPOT.
    expect((await query("SELECT count(*), count(tpot_median_ms) FROM atlas_v1 WHERE cell_id = 'tp8-old-client'")).answer.rows).toEqual([
      [4, 0],
    ])
  })

  it('a repeat changes no byte; other content is refused, skipped or replaced as asked; id and place stand in the bundle', {
    timeout: 60_000,
  }, async () => {
    await publish()
    const again = await publish()
    expect(again.answer).toMatchObject({ outcome: 'unchanged', written: [], local: ['SOURCE.md', 'summary.md'] })
    expect(readFileSync(join(folder, 'campaign/SOURCE.md'), 'utf8')).toContain('- Lake: lake')
    expect(existsSync(join(folder, 'campaign/lake-cache/atlas_v1.parquet'))).toBe(true)
    change('new')
    expect((await publish()).answer.error?.code).toBe('usage')
    expect((await publish('--if-exists', 'skip')).answer.outcome).toBe('skipped')
    expect((await query(both)).answer.rows).toEqual([oldState])
    expect((await publish('--if-exists', 'overwrite')).answer.outcome).toBe('replaced')
    expect((await query(both)).answer.rows).toEqual([newState])
    expect((await verify()).answer).toMatchObject({ ok: true, campaigns: [{ tables: 11 }] })
  })

  it('gaps are recorded with a campaign and refused with --strict', { timeout: 60_000 }, async () => {
    const strict = await publish('--strict')
    expect(strict.answer.error).toMatchObject({ code: 'missing_data', message: expect.stringContaining('krhpa') })
    expect((await verify()).answer.campaigns).toEqual([])
    const { answer } = await publish()
    expect(answer.commit.gaps.map(({ gap }) => gap)).toContain('krhpa')
  })

  it('trap H1: without what DCGM and ncu measured a campaign is L1; correlated, rendered and published again it rises', {
    timeout: 60_000,
  }, async () => {
    const cells = ['tp8', 'tp8-mtp']
    const kept = new Map<string, string>()
    for (const cell of cells)
      for (const name of ['ncu_kernels.json', 'dcgm_correlation.json']) {
        const path = join(folder, `campaign/cells/${cell}/${name}`)
        kept.set(path, readFileSync(path, 'utf8'))
        const empty = name.startsWith('ncu') ? { schema_version: 1, captured_sources: [], hw_key: null, kernels: [] } : undefined
        if (empty === undefined) rmSync(path)
        else writeFileSync(path, JSON.stringify(empty))
      }
    for (const phase of ['decode', 'prefill']) rmSync(join(folder, `campaign/cells/tp8-${phase}`), { recursive: true })
    await publish()
    const sql = 'SELECT sol_rigor, dcgm_grounded FROM campaign_v1'
    expect((await query(sql)).answer.rows).toEqual([['L1', false]])
    for (const [path, text] of kept) if (path.endsWith('correlation.json')) writeFileSync(path, text)
    await publish('--if-exists', 'overwrite')
    expect((await query(sql)).answer.rows).toEqual([['L3', true]])
  })

  it('trap H10: a publish that stopped anywhere blocks no retry, and readers see nothing of it before its commit', {
    timeout: 120_000,
  }, async () => {
    // Stopped after each file in turn: what a kill -9 leaves behind is a prefix of the writes.
    const whole = await publish('--published-at-utc', '2026-11-02T00:00:00Z')
    const order = whole.answer.written
    const at = order.indexOf(commitKey(whole.answer.campaign))
    expect(at).toBe(11)
    for (const stop of [1, 6, at, at + 1, at + 5]) {
      const lake = join(folder, `lake-${stop}`)
      for (const key of order.slice(0, stop)) cpSync(join(folder, 'lake', key), join(lake, key))
      const seen = (await query(both, '--lake', `lake-${stop}`)).answer
      if (stop <= at) expect(seen.error?.code).toBe('missing_data')
      else expect(seen.rows).toEqual([oldState])
      const retry = await publish('--lake', `lake-${stop}`, '--published-at-utc', '2026-11-02T00:00:00Z')
      expect(retry.answer.outcome).toBe(stop <= at ? 'published' : 'unchanged')
      expect((await verify('--lake', `lake-${stop}`)).answer.ok).toBe(true)
    }
  })

  it('what a trial proved is a row of verdict_v1', { timeout: 60_000 }, async () => {
    cpSync(join(checkoutRoot, 'examples/trial-two-engines'), join(folder, 'trial'), { recursive: true })
    await campaign.run(['campaign', 'import-trial', './trial', '--campaign', 'campaign', '--cell-a', 'tp8', '--cell-b', 'tp8-mtp'])
    await publish()
    const kept = JSON.parse(readFileSync(join(folder, 'trial/verdict.json'), 'utf8'))
    const { answer } = await query('SELECT verdict, standing, improvement_ratio, pairs_counted FROM verdict_v1')
    expect(answer.rows).toEqual([[kept.verdict, kept.standing, kept.improvementRatio ?? null, kept.pairs.counted]])
  })

  it('damage of a commit, an object and a copy is mended by publishing again', { timeout: 60_000 }, async () => {
    const args = ['--if-exists', 'overwrite', '--published-at-utc', '2026-11-02T00:00:00Z']
    const { answer } = await publish(...args)
    const [table] = answer.commit.tables
    for (const [key, code] of [
      [commitKey(answer.campaign), 'commit-damaged'],
      [table?.object ?? '', 'object-damaged'],
      [table?.key ?? '', 'copy-differs'],
    ] as const) {
      const bytes = readFileSync(join(folder, 'lake', key))
      bytes[0] = (bytes[0] ?? 0) ^ 1
      writeFileSync(join(folder, 'lake', key), bytes)
      expect((await verify()).answer.problems.map((each) => each.code)).toContain(code)
      expect((await publish(...args)).answer.written).toEqual([key])
      expect((await verify()).answer, code).toMatchObject({ ok: true, problems: [] })
    }
    expect((await query(both)).answer.rows).toEqual([oldState])
  })

  it('damage is found, named, and not read', { timeout: 60_000 }, async () => {
    const { answer } = await publish()
    const object = answer.commit.tables[0]?.object ?? ''
    const bytes = readFileSync(join(folder, 'lake', object))
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(join(folder, 'lake', object), bytes)
    expect((await verify()).answer.problems).toEqual([expect.objectContaining({ code: 'object-damaged', path: object })])
    expect((await query(both)).answer.error?.code).toBe('corrupt_file')
  })

  it('a stranger’s SQL reaches no file and no network', { timeout: 60_000 }, async () => {
    await publish()
    for (const sql of [
      "SELECT * FROM read_text('/etc/hostname')",
      "SELECT * FROM read_csv('http://127.0.0.1:1/x')",
      'INSTALL httpfs',
      'SET enable_external_access = true',
      "ATTACH '/tmp/x.db'",
    ])
      expect((await query(sql)).answer.error?.code, sql).toBe('query_refused')
  })
})

describe('lake in a bucket', () => {
  let server: S3Server
  const where = () => ['--lake', 's3://lake/perflake', '--endpoint', server.endpoint]
  const yes = '--i-understand-publishes-external'
  const s3 = (args: readonly string[], env: Record<string, string> = s3Keys) =>
    campaign.run<Pick<LakePublish, 'outcome'> & Pick<LakeQuery, 'rows'> & Pick<LakeVerify, 'ok'>>(args, env)
  beforeEach(async () => {
    server = await startS3('lake')
    return () => server.close()
  })

  it('needs its acknowledgement; a wrong secret is refused and nothing is written; a missing bucket is named', {
    timeout: 60_000,
  }, async () => {
    expect((await s3(['lake', 'publish', 'campaign', ...where()])).answer.error?.code).toBe('acknowledgement_required')
    const wrong = await s3(['lake', 'publish', 'campaign', ...where(), yes], { ...s3Keys, AWS_SECRET_ACCESS_KEY: 'wrong' })
    expect(wrong.answer.error).toMatchObject({ code: 'access_denied', message: expect.stringContaining('SignatureDoesNotMatch') })
    expect(JSON.stringify(wrong.answer)).not.toContain('wrong"')
    expect(server.objects.size).toBe(0)
    expect(
      (await s3(['lake', 'publish', 'campaign', '--lake', 's3://other-bucket', '--endpoint', server.endpoint, yes])).answer.error?.code,
    ).toBe('file_not_found')
  })

  it('a server that vanishes at any put leaves readers with the old campaign or the new one, and the same command finishes', {
    timeout: 180_000,
  }, async () => {
    await s3(['lake', 'publish', 'campaign', ...where(), yes])
    expect((await s3(['lake', 'query', both, ...where()])).answer.rows).toEqual([oldState])
    change('new')
    const before = new Map(server.objects)
    for (const at of [1, 4, 8, 9, 14]) {
      server.objects.clear()
      for (const [key, bytes] of before) server.objects.set(key, bytes)
      server.vanishAtPut(at)
      const cut = await s3(['lake', 'publish', 'campaign', ...where(), yes, '--if-exists', 'overwrite'])
      server.vanishAtPut(Number.POSITIVE_INFINITY)
      expect([oldState, newState]).toContainEqual((await s3(['lake', 'query', both, ...where()])).answer.rows[0])
      if (cut.status !== 0) expect(cut.answer.error?.code).toBe('server_unreachable')
      expect((await s3(['lake', 'publish', 'campaign', ...where(), yes, '--if-exists', 'overwrite'])).status).toBe(0)
      expect((await s3(['lake', 'query', both, ...where()])).answer.rows).toEqual([newState])
      expect((await s3(['lake', 'verify', ...where()])).answer.ok).toBe(true)
    }
  })

  it('two publishers at once: readers see one of them whole', { timeout: 60_000 }, async () => {
    cpSync(join(folder, 'campaign'), join(folder, 'other'), { recursive: true })
    change('new')
    const arguments_ = [...where(), yes, '--if-exists', 'overwrite']
    await Promise.all([s3(['lake', 'publish', 'campaign', ...arguments_]), s3(['lake', 'publish', 'other', ...arguments_])])
    expect([oldState, newState]).toContainEqual((await s3(['lake', 'query', both, ...where()])).answer.rows[0])
  })
})
