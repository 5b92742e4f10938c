import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sameContext } from '#analysis/ledger/prior-art.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { Ledger, LedgerRow } from '#formats/ledger.ts'
import { priorArtOf } from './prior-art.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-prior-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const deployment: DeploymentFile = {
  schema: 'deployment/1',
  engine: { name: 'vllm', version: '0.27.1' },
  arguments: { 'max-num-seqs': 64, port: 8000 },
  environment: {},
  model: { name: 'example/dense-8b' },
  hardware: { key: 'h100_sxm5', gpus: 1 },
  workload: { concurrency: 16, inputTokens: 512, outputTokens: 256 },
}

const tried = (status: LedgerRow['status'], engine: LedgerRow['engine'] = 'vllm') =>
  ({
    lever: 'L01 async-scheduling',
    status,
    engine,
    change: { summary: 'x', settings: [{ knob: 'async-scheduling', to: true }], sideEffects: [] },
    outcome: { trial: 't-1', why: 'within noise', artifact: { path: 'v', sha256: 'a'.repeat(64) } },
  }) as unknown as LedgerRow

/** A bundle as it stands below the root, with what its synthesis said was deployed. */
function found(run: string, rows: readonly LedgerRow[], theirs: unknown = deployment) {
  const findings = join(root, run, 'findings')
  mkdirSync(findings, { recursive: true })
  const ledger: Ledger = { schema: 'ledger/1', sources: [], family: 'f', run_id: run, rows: [...rows], events: [] }
  writeFileSync(join(findings, 'ledger.json'), JSON.stringify(ledger))
  writeFileSync(join(findings, 'synthesis-20260101T000000Z.json'), JSON.stringify({ deployment: theirs }))
  return { shown: `experiments/artifacts/f/${run}`, path: join(findings, 'ledger.json'), ledger }
}

const here = { family: 'f', run_id: 'here' }

test('what was NULL or REFUTED elsewhere is prior art, cited with the hash of its ledger; what is open or proven is not', () => {
  const art = priorArtOf([found('a', [tried('NULL'), tried('PROVEN'), tried('staged')])], here, deployment)
  expect(art).toMatchObject([{ status: 'NULL', run_id: 'a', trial: 't-1', isSame: true }])
  expect(art[0]?.ledger.path).toBe('experiments/artifacts/f/a/findings/ledger.json')
  expect(art[0]?.ledger.sha256).toMatch(/^[0-9a-f]{64}$/)
})

test('the bundle itself, another engine, and a deployment that is not known are none', () => {
  expect(priorArtOf([found('here', [tried('NULL')])], here, deployment)).toEqual([])
  expect(priorArtOf([found('b', [tried('REFUTED', 'sglang')])], here, deployment)).toEqual([])
  expect(priorArtOf([found('c', [tried('REFUTED')])], here, undefined)).toEqual([])
  expect(priorArtOf([found('d', [tried('REFUTED')], 'damaged')], here, deployment)).toMatchObject([{ isSame: false }])
})

test('a context is the same only where every part is known and equal; a port is no part of it', () => {
  const { version: _, ...engine } = deployment.engine
  const others: readonly Partial<DeploymentFile>[] = [
    { engine },
    { engine: { name: 'vllm', version: '0.26.0' } },
    { model: { name: 'example/dense-70b' } },
    { hardware: { key: 'h200_sxm', gpus: 1 } },
    { hardware: { key: 'h100_sxm5', gpus: 2 } },
    { workload: { concurrency: 64, inputTokens: 512, outputTokens: 256 } },
    { workload: { concurrency: 16 } },
    { arguments: { 'max-num-seqs': 128 } },
    { environment: { VLLM_USE_V2_MODEL_RUNNER: '1' } },
  ]
  for (const other of others) expect(sameContext({ ...deployment, ...other }, deployment), JSON.stringify(other)).toBe(false)
  const moved = {
    ...deployment,
    arguments: { port: 9000, 'max-num-seqs': 64 },
    workload: { concurrency: 18, inputTokens: 512, outputTokens: 256 },
  }
  expect(sameContext(moved, deployment)).toBe(true)
})
