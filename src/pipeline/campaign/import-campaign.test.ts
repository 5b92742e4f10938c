import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommandLine } from '#cli/run.ts'
import { benchLine } from '#sim/campaign/bench-runs.ts'
import { loadCampaign } from './load-campaign.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-import-'))
  mkdirSync(join(folder, 'campaigns/c/cells'), { recursive: true })
  writeFileSync(
    join(folder, 'campaigns/c/config.yaml'),
    'campaign: {}\ncells:\n  - {id: base, backend: vllm-sweep, concurrencies: [1, 8], tensor_parallel: 8, hardware: B200}\n',
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function run(...args: string[]): Promise<{ status: number; answer: Record<string, unknown>; error: string }> {
  let stdout = ''
  let stderr = ''
  const take = (text: string): void => {
    stdout += text
  }
  const status = await runCommandLine([...args, '--json'], {
    cwd: folder,
    env: {},
    stdout: take,
    stderr: (text) => {
      stderr += text
    },
  })
  return { status, answer: stdout.trim() === '' ? {} : JSON.parse(stdout), error: stderr }
}
const load = () => loadCampaign(join(folder, 'campaigns/c')).cells.find(({ id }) => id === 'base')
const truth = { stepMs: 10, perStreamMs: 0.1, prefillMs: 50, tokensPerStep: 1 }
const asked = { trial: 1, seed: 1, withTpot: true, tensorParallel: 8 }
function result(name: string, concurrency: number, more: Partial<typeof asked> = {}): string {
  writeFileSync(join(folder, name), benchLine(truth, { ...asked, concurrency, ...more }))
  return name
}
const into = ['--campaign', 'c', '--cell-id', 'base'] as const

describe('campaign import', () => {
  it('rows per GPU of the whole deployment; partial until every concurrency is there, then full', async () => {
    await run('campaign', 'import', result('a.json', 8), ...into, '--trial', 't1')
    const line = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'))
    expect(load()?.status).toBe('partial')
    expect(load()?.points[0]?.output_tps_per_gpu).toBeCloseTo(line.output_throughput / 8, 6)
    expect(load()?.points[0]).toMatchObject({
      tpot_median_ms: line.median_tpot_ms,
      ttft_avg_ms: line.mean_ttft_ms,
      n_gpus: 8,
      mean_input_tokens: 1000,
    })
    await run('campaign', 'import', result('b.json', 1), ...into, '--trial', 't1')
    expect(load()?.status).toBe('full')
  })

  it('the same file again changes nothing, and another run without a name is refused before anything is written', async () => {
    await run('campaign', 'import', result('a.json', 8), ...into)
    const again = await run('campaign', 'import', 'a.json', ...into)
    expect(again.answer).toMatchObject({ cells: [{ added: [], present: 1, written: [] }] })
    const other = await run('campaign', 'import', result('b.json', 8, { trial: 2 }), ...into)
    expect(other.answer).toMatchObject({ error: { code: 'ambiguous' } })
    expect(load()?.rows).toHaveLength(1)
  })

  it('a deployment whose GPUs are counted in two ways is refused: 204.8 for 409.6 is how such a mistake looks', async () => {
    const { answer } = await run('campaign', 'import', result('a.json', 8, { tensorParallel: 4 }), ...into)
    expect(answer).toMatchObject({ error: { code: 'ambiguous' } })
    expect(load()?.rows ?? []).toEqual([])
  })

  it('trap H18: a result that cannot be read leaves a cell that says at which stage it failed; bringing a good one mends it', async () => {
    writeFileSync(join(folder, 'bad.json'), '{"what": "is this"}')
    expect((await run('campaign', 'import', 'bad.json', ...into)).status).not.toBe(0)
    expect(load()).toMatchObject({ status: 'failed', problem: { stage: 'import' } })
    await run('campaign', 'import', '--campaign', 'c', '--cell-id', 'base', '--failed-at', 'bench', '--reason', 'OOM')
    expect(load()).toMatchObject({ status: 'failed', problem: { stage: 'bench', reason: 'OOM' } })
    await run('campaign', 'import', result('a.json', 8), ...into)
    expect(load()).toMatchObject({ status: 'partial' })
    expect(load()?.problem).toBeUndefined()
  })

  it('a rehearsal shows the rows and writes nothing', async () => {
    const { answer } = await run('campaign', 'import', result('a.json', 8), ...into, '--dry-run')
    expect(answer).toMatchObject({ dryRun: true, cells: [{ status: 'partial', missing: [1] }] })
    expect(load()?.status).toBe('planned')
  })

  it('secrets of a result do not enter the campaign', async () => {
    writeFileSync(
      join(folder, 'a.json'),
      benchLine(truth, { ...asked, concurrency: 8 }).replace('{', `{"note": "Authorization: Bearer abc.def.ghi12345", `),
    )
    await run('campaign', 'import', 'a.json', ...into)
    expect(readFileSync(join(folder, 'campaigns/c/cells/base/raw/a.json'), 'utf8')).not.toContain('ghi12345')
    expect((await run('campaign', 'import', 'a.json', ...into)).answer).toMatchObject({ cells: [{ added: [] }] })
  })

  it('a sweep below twice the concurrency is warned of, and its rows are marked', async () => {
    cpSync(resolve('examples/campaign/roofline-sweep'), join(folder, 'sweep'), { recursive: true })
    const { answer } = await run('campaign', 'import-roofline-sweep', 'sweep', ...into)
    expect(JSON.stringify(answer['notes'])).toContain('base-decode c64: fewer requests than twice the concurrency')
    const campaign = loadCampaign(join(folder, 'campaigns/c'))
    const decode = campaign.cells.find(({ id }) => id === 'base-decode')
    expect(decode?.roofline?.points.map(({ concurrency, is_steady }) => [concurrency, is_steady])).toEqual([
      [1, true],
      [8, true],
      [32, true],
      [64, false],
    ])
    expect(campaign.cells.flatMap(({ points }) => points)).toEqual([])
  })

  it('a line of a sweep that is none is named by its number', async () => {
    writeFileSync(join(folder, 'decode_sweep.jsonl'), '{"bench": {"concurrency": 1}}\n{"bench": {}}\n')
    const { answer } = await run('campaign', 'import-roofline-sweep', 'decode_sweep.jsonl', ...into)
    expect(answer).toMatchObject({ error: { code: 'corrupt_file', message: expect.stringContaining('decode_sweep.jsonl line 2') } })
  })
})
