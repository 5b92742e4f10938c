import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { searchEvidenceSchema } from '#formats/search.ts'
import { initBundle } from '#store/bundle/bundle.ts'
import { type EvidenceQuery, searchEvidence } from './search-evidence.ts'
import { searchRunbooks } from './search-runbooks.ts'
import { walk } from './walk.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sextant-search-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}
const bundle = (runId: string, family = 'inference', createdAtUtc = '2026-11-01T00:00:00Z'): string =>
  initBundle(root, { family, runId, createdAtUtc, createdBy: 'test', toolVersion: '0', intent: `what bounds ${runId}?` })
const row = (lever: string, status: string, more: Record<string, unknown> = {}) => ({
  rank: 1,
  handle: 'l-1',
  lever,
  title: `title of ${lever}`,
  status,
  engine: 'vllm',
  expected_effect: 'at most 9 %',
  because: ['the host waits 3 ms'],
  ...more,
})
const ask = (query: string, more: Partial<EvidenceQuery> = {}) =>
  searchEvidenceSchema.parse(searchEvidence({ root, start: '', query, limit: 10, ...more }))
const paths = (query: string, more: Partial<EvidenceQuery> = {}) => ask(query, more).hits.map(({ path }) => path)

describe('what is searched', () => {
  it('trap H17: bundles that git ignores and bundles in dot folders are found; captures, links and .git are not entered', () => {
    write('.gitignore', 'experiments/\n.hidden/\n')
    const ignored = bundle('run-1')
    write('.hidden/artifacts/decode/run-2/SOURCE.md', '# Source\n\n- Family: decode\n\nzeppelin\n')
    write(`${ignored}/profiles/inner/SOURCE.md`, 'zeppelin in a capture')
    write('.git/x/SOURCE.md', 'zeppelin')
    write('outside/SOURCE.md', 'zeppelin')
    symlinkSync(join(root, 'outside'), join(root, 'experiments', 'link'))
    expect(paths('bounds run-1')[0]).toBe(`${ignored}/SOURCE.md`)
    expect(paths('zeppelin').sort()).toEqual(['.hidden/artifacts/decode/run-2/SOURCE.md', 'outside/SOURCE.md'])
    expect(ask('zeppelin').hits.find(({ path }) => path.startsWith('.hidden'))).toMatchObject({ family: 'decode', run_id: 'run-2' })
    expect(ask('zeppelin', { start: 'experiments' }).matched).toBe('nothing')
  })

  it('findings one by one, rows of ledgers one by one, trials, and what cannot be read is said', () => {
    const folder = bundle('run-1')
    write(
      `${folder}/findings/findings.yaml`,
      'findings:\n  - {id: f1, severity: high, source_skill: s, source_query: q, headline: sampler is slow, recommended_action: look, status: resolved}\n',
    )
    write(`${folder}/findings/synthesis-2.json`, {
      schema: 'synthesis/1',
      ledger: [row('L01 async-scheduling', 'DRAFT')],
      unknowns: [{ what: 'zeta' }],
    })
    write(`${folder}/ledger/old.json`, [row('L02 graphs', 'NULL'), { no: 'row' }])
    write(`${folder}/findings/broken.json`, '{')
    write('trials/t1/plan.json', {
      schema: 'trial-plan/1',
      trial: 't1',
      created_at_utc: '2026-11-03T00:00:00Z',
      title: 'kappa',
      arms: {},
      metric: 'm',
    })
    expect(ask('sampler').hits[0]).toMatchObject({ kind: 'finding', handle: 'f1', status: 'resolved', family: 'inference' })
    expect(ask('async').hits[0]).toMatchObject({ kind: 'lever', handle: 'l-1', status: 'DRAFT' })
    expect(ask('graphs').hits[0]).toMatchObject({ path: `${folder}/ledger/old.json`, status: 'NULL' })
    expect(ask('zeta').hits[0]).toMatchObject({ kind: 'synthesis' })
    expect(ask('kappa').hits[0]).toMatchObject({ kind: 'trial', status: 'planned', date: '2026-11-03T00:00:00Z' })
    expect(ask('x').skipped).toEqual([{ path: `${folder}/findings/broken.json`, why: 'not JSON' }])
    expect(ask('x').searched).toMatchObject({ bundles: 1, trials: 1, leverRows: 3 })
  })

  it('a walk that would not end says where it stopped', () => {
    for (const name of ['a', 'b', 'c']) write(`deep/${name}`, '')
    const { files, skipped } = walk(root, '', () => false, 2)
    expect(files).toEqual([])
    expect(skipped).toEqual([{ path: 'deep', why: expect.stringContaining('more than 2') }])
    expect(() => walk(root, 'absent', () => false)).toThrow(/no such file/)
  })
})

describe('ranking', () => {
  it('all words before some, names by their parts, prefixes, quotes, idle words, spelling', () => {
    write('a/SOURCE.md', '# Source\n\n--async-scheduling was off\n')
    write('b/SOURCE.md', '# Source\n\nasync copies; scheduling policy is fcfs\n')
    write('c/SOURCE.md', '# Source\n\nkernels of attention\n')
    expect(paths('async-scheduling')).toEqual(['a/SOURCE.md', 'b/SOURCE.md'])
    expect(paths('"scheduling policy"')).toEqual(['b/SOURCE.md'])
    write('d/SOURCE.md', '# Source\n\nmaxNumSeqs\n')
    expect(paths('num seqs')).toEqual(['d/SOURCE.md'])
    expect(paths('kern')).toEqual(['c/SOURCE.md'])
    expect(ask('what is the attention kernel')).toMatchObject({ matched: 'all-words', hits: [{ path: 'c/SOURCE.md' }] })
    expect(ask('attention fcfs').matched).toBe('some-words')
    expect(ask('atention')).toMatchObject({ matched: 'similar-words', hits: [{ terms: ['attention'] }] })
    expect(ask('quux').matched).toBe('nothing')
    expect(ask('')).toMatchObject({ matched: 'not-asked', hits: [] })
  })

  it('equal documents come in the order of their paths, and a limit says what it left out', () => {
    for (const name of ['c', 'a', 'b']) write(`${name}/SOURCE.md`, '# Source\n\nsame words\n')
    expect(paths('same words')).toEqual(['a/SOURCE.md', 'b/SOURCE.md', 'c/SOURCE.md'])
    expect(ask('same words', { limit: 2 })).toMatchObject({ omitted: 1, hits: [{ rank: 1 }, { rank: 2 }] })
    expect(ask('same words', { limit: 2 })).toEqual(ask('same words', { limit: 2 }))
  })

  it('trap H26: a snippet is one line without control characters, around the words', () => {
    write('a/SOURCE.md', `# Source\n\n${'filler '.repeat(100)}\u001b[31m needle\u202e and\nnext line ${'more '.repeat(100)}`)
    const [hit] = ask('needle').hits
    expect(hit?.snippet).toMatch(/^… .*\ufffd\[31m needle\ufffd and next line .* …$/)
    expect(hit?.snippet.length).toBeLessThan(240)
  })
})

describe('filters', () => {
  it('family, kind, status, and since, which counts what has no date', () => {
    bundle('run-1', 'decode', '2026-10-01T00:00:00Z')
    bundle('run-2', 'prefill', '2026-11-15T00:00:00Z')
    write('old/SOURCE.md', '# Source\n\nwhat bounds it?\n')
    expect(paths('bounds', { family: 'decode', kind: ['source'] })).toEqual(['experiments/artifacts/decode/run-1/SOURCE.md'])
    expect(new Set(ask('bounds', { status: 'active' }).hits.map(({ run_id }) => run_id))).toEqual(new Set(['run-1', 'run-2']))
    const since = ask('bounds', { sinceMs: Date.parse('2026-11-01'), kind: ['source'] })
    expect(since.hits.map(({ run_id }) => run_id)).toEqual(['run-2'])
    expect(since.undated).toBe(1)
  })
})

describe('has this been tried?', () => {
  const trial = (id: string, verdict: string | undefined, title: string): void => {
    write(`trials/${id}/plan.json`, {
      schema: 'trial-plan/1',
      trial: id,
      created_at_utc: '2026-11-03T00:00:00Z',
      title,
      arms: {},
      metric: 'm',
    })
    if (verdict !== undefined)
      write(`trials/${id}/verdict.json`, { schema: 'trial-verdict/1', verdict, reason: `it is ${verdict}`, standing: 'VERDICT' })
  }

  it('settled beats open beats proposed; the why is the outcome’s; repeats are counted, standings kept', () => {
    const folder = bundle('run-1')
    write(`${folder}/findings/synthesis-1.json`, { schema: 'synthesis/1', ledger: [row('L01 async-scheduling', 'DRAFT')] })
    write(`${folder}/findings/synthesis-2.json`, {
      schema: 'synthesis/1',
      ledger: [row('L01 async-scheduling', 'DRAFT'), row('L02 graphs', 'NULL', { outcome: { trial: 't9', why: 'within noise' } })],
      notProposed: [{ lever: 'L15 custom-all-reduce', title: 'x', reason: 'already on' }],
    })
    expect(ask('', { tried: 'L01' }).tried).toMatchObject({
      answer: 'not-tried',
      rows: [{ path: `${folder}/findings/synthesis-2.json`, status: 'DRAFT', repeats: 1, why: 'at most 9 %' }],
    })
    expect(ask('', { tried: 'l02' }).tried).toMatchObject({
      answer: 'settled',
      rows: [{ status: 'NULL', why: 'within noise', trial: 't9' }],
    })
    expect(ask('', { tried: 'L15' }).tried).toMatchObject({ answer: 'not-tried', rows: [{ origin: 'not-proposed', why: 'already on' }] })
    expect(ask('', { tried: 'L1' }).tried).toMatchObject({ answer: 'no-record', rows: [] })
    trial('t9', 'NULL', 'nameless')
    trial('t1', undefined, 'async scheduling on')
    expect(ask('', { tried: 'L02' }).tried?.rows.map(({ origin }) => origin)).toEqual(['ledger', 'trial'])
    expect(ask('', { tried: 'L01' }).tried).toMatchObject({
      answer: 'tried-open',
      rows: [{ origin: 'trial', status: 'planned' }, { status: 'DRAFT' }],
    })
    trial('t1', 'REFUTED', 'asynchronous scheduling on')
    const words = ask('', { tried: 'async-scheduling' })
    expect(words.tried).toMatchObject({ answer: 'settled', rows: [{ status: 'REFUTED', why: 'it is REFUTED' }, { origin: 'ledger' }] })
    expect(words.sources.map(({ path }) => path)).toEqual(['synthesis-2.json', 'verdict.json'])
    expect(ask('', { tried: 'L01', family: 'other' }).tried?.answer).toBe('no-record')
    expect(ask('', { tried: 'async-scheduling', limit: 1 }).tried).toMatchObject({ omitted: 1, rows: [{ status: 'REFUTED' }] })
    write(`${folder}/ledger/broken.json`, '{')
    expect(ask('', { tried: 'L49' }).tried?.reason).toContain('1 place could not be searched')
  })
})

describe('runbooks of your own', () => {
  const own = (query: string) => searchRunbooks({ configRoot: join(root, 'configs'), root, query, limit: 5, page: true })

  it('trap H17: pages below runbooks/ are found in ignored folders, shipped ones are told once, by their own path', () => {
    write('docs/runbooks/bottlenecks/host.md', '# Host\n\nzebra\n\n```sh\n$ sextant gates X\nls\n```\n')
    write('.team/runbooks/pager.md', '# Pager\n\nzebra at night\n')
    write('notes/zebra.md', '# zebra\n')
    const { hits, searched } = own('zebra')
    expect(searched).toEqual({ shipped: 1, own: 1 })
    expect(hits.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'bottleneck docs/runbooks/bottlenecks/host.md',
      'own .team/runbooks/pager.md',
    ])
    expect(hits.find(({ kind }) => kind === 'bottleneck')?.commands).toEqual(['sextant gates X'])
    expect(hits[0]?.page).toContain('zebra')
    expect(hits[1]).not.toHaveProperty('page')
  })
})
