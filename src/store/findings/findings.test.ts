import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import type { Finding } from '#formats/findings.ts'
import { addToBundle, initBundle, sealBundle } from '#store/bundle/bundle.ts'
import { verifyBundle } from '#store/bundle/verify.ts'
import { parseFindings, readFindings, withFinding } from './findings-file.ts'
import { findingsPlace } from './findings-place.ts'
import { recordFinding } from './record-finding.ts'

const at = '2026-11-01T00:00:00.000Z'
let root = ''
let bundle = ''
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sextant-findings-'))
  bundle = join(
    root,
    initBundle(root, { family: 'inference', runId: 'run-1', createdAtUtc: at, createdBy: 'test', toolVersion: '0', intent: 'why?' }),
  )
  writeFileSync(join(root, 'a.txt'), 'measured')
  await addToBundle(bundle, 'bundle', [{ path: join(root, 'a.txt'), shown: 'a.txt', into: 'profiles' }], at)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'high',
  source_skill: 'decode',
  source_query: 'why?',
  headline: 'slow',
  recommended_action: 'measure',
  status: 'open',
  ...more,
})
const yaml = (): string => join(bundle, 'findings', 'findings.yaml')
const record = (one: Finding, nowUtc = at, path = yaml()) =>
  recordFinding({ place: findingsPlace(path, 'findings.yaml'), finding: one, nowUtc, dryRun: false })
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    return isSextantError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

describe('recording', () => {
  it('adds, replaces by id, keeps the time of detection, and every state is a version', async () => {
    expect(await record(finding('a', { evidence_path: 'profiles/a.txt' }))).toMatchObject({
      state: 'appended',
      newVersions: ['findings/findings.yaml'],
    })
    await record(finding('b'))
    const replaced = await record(finding('a', { status: 'resolved', headline: 'mended' }), '2026-12-01T00:00:00.000Z')
    expect(replaced).toMatchObject({ state: 'replaced', counted: 2, notes: expect.arrayContaining(['status: open before, resolved now']) })
    expect(replaced.finding.detected_at_utc).toBe(at)
    expect(replaced.finding).not.toHaveProperty('evidence_path')
    expect((await record(finding('b'), '2026-12-01T00:00:00.000Z')).state).toBe('unchanged')
    expect(readFindings(yaml(), 'f').findings.map(({ id, headline }) => `${id} ${headline}`)).toEqual(['a mended', 'b slow'])
    const { manifest, problems } = await verifyBundle(bundle, 'bundle')
    expect(problems).toEqual([])
    expect(manifest.layer.find(({ path }) => path === 'findings/findings.yaml')?.versions).toHaveLength(3)
  })

  it('goes on after sealing, which only fixes the artifacts', async () => {
    await sealBundle(bundle, 'bundle', at)
    await record(finding('a', { evidence_path: 'profiles/a.txt' }))
    expect((await verifyBundle(bundle, 'bundle')).problems).toEqual([])
  })

  it('trap H12: evidence that is not in the bundle is refused, and nothing is written', async () => {
    symlinkSync(join(root, 'a.txt'), join(bundle, 'profiles', 'link.txt'))
    for (const evidence_path of ['profiles/absent.txt', '../../../../a.txt', join(root, 'a.txt'), 'profiles/link.txt', '.']) {
      expect(await refusal(() => record(finding('a', { evidence_path }))), evidence_path).toContain('is not in the bundle')
    }
    expect(existsSync(yaml())).toBe(false)
  })

  it('a path from the working folder that leads into the bundle is kept relative to it', async () => {
    const recorded = await recordFinding({
      place: findingsPlace(bundle, 'bundle'),
      finding: finding('a', { evidence_path: 'experiments/artifacts/inference/run-1/profiles/a.txt' }),
      evidenceFromHere: join(bundle, 'profiles', 'a.txt'),
      nowUtc: at,
      dryRun: false,
    })
    expect(recorded).toMatchObject({ finding: { evidence_path: 'profiles/a.txt' }, notes: [] })
    expect(recorded.sources[0]?.path).toBe('a.txt')
  })

  it('what is in the folder and not in the manifest is said to be no evidence yet', async () => {
    writeFileSync(join(bundle, 'profiles', 'stray.txt'), 'x')
    expect((await record(finding('a', { evidence_path: 'profiles/stray.txt' }))).notes[0]).toContain('not in the manifest')
    expect((await record(finding('a', { evidence_path: 'profiles' }))).notes).toEqual([])
  })

  it('trap H14: many writers at once lose nothing', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => record(finding(`f${index}`))))
    expect(readFindings(yaml(), 'f').findings).toHaveLength(12)
    const { manifest, problems } = await verifyBundle(bundle, 'bundle')
    expect(problems).toEqual([])
    expect(manifest.layer.map(({ path }) => path).filter((path) => path.includes('.lock'))).toEqual([])
  })

  it('secrets in texts are replaced', async () => {
    const recorded = await record(
      finding('a', { notes: `token hf_${'a'.repeat(30)}`, affected_entities: [{ kind: 'url', value: 'http://u:p4ss@h/' }] }),
    )
    expect(recorded.notes.join()).toContain('2 secrets')
    expect(readFileSync(yaml(), 'utf8')).not.toMatch(/hf_aaa|p4ss/)
  })

  it('a bundle of another tool has no versions; a file in no bundle is refused', async () => {
    const foreign = join(root, 'foreign')
    mkdirSync(join(foreign, 'findings'), { recursive: true })
    expect(await refusal(() => record(finding('a'), at, join(foreign, 'findings', 'findings.yaml')))).toContain(
      'stands in no evidence bundle',
    )
    writeFileSync(join(foreign, 'SOURCE.md'), '# Source\n')
    expect((await record(finding('a'), at, join(foreign, 'findings.yaml'))).notes.join()).toContain('no manifest')
    expect(await refusal(() => record(finding('a'), at, join(bundle, 'findings.yaml')))).toContain('not in the bundle’s findings/')
  })
})

describe('the file', () => {
  const foreign = `# kept by hand
findings:
  # why this one matters
  - {id: a, severity: low, source_skill: s, source_query: q, headline: "x: y", recommended_action: r, owner: me}
  - id: b
    severity: critical
    source_skill: s
    source_query: q
    headline: h
    recommended_action: r
`

  it('keeps comments, and keys of other tools on findings that are not replaced', () => {
    const kept = parseFindings(foreign, 'f')
    expect(kept.findings.map(({ id, status }) => `${id} ${status}`)).toEqual(['a open', 'b open'])
    const text = withFinding(kept, finding('b'))
    expect(text).toContain('# kept by hand')
    expect(text).toContain('# why this one matters')
    expect(text).toContain('owner: me')
    expect(parseFindings(text, 'f').findings[1]).toMatchObject({ id: 'b', severity: 'high' })
  })

  it.each([
    ['', 0],
    ['findings: []\n', 0],
    ['findings: []\n', 1],
  ])('an empty list can be begun: %j', (text, more) => {
    let kept = parseFindings(text, 'f')
    for (let index = 0; index < more; index += 1) kept = parseFindings(withFinding(kept, finding(`x${index}`)), 'f')
    expect(kept.findings).toHaveLength(more)
  })

  it.each([
    ['findings: {a: 1}', 'findings'],
    ['- a', 'file'],
    ['findings: [{id: a}]', 'findings.0.severity'],
    ['findings: [', 'f is no list of findings'],
    [foreign.replace('id: b', 'id: a'), 'stands there twice'],
    [foreign.replace('critical', 'urgent'), 'findings.1.severity'],
    [`a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nfindings: [${'*b,'.repeat(99)}]`, 'f is no list of findings'],
  ])('what is none is refused: %.40s', async (text, says) => {
    const said = await refusal(() => parseFindings(text, 'f'))
    expect(said).toContain('corrupt_file')
    expect(said).toContain(says)
  })
})
