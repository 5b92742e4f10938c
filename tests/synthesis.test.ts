/** The synthesis on real captures and generated deployments: what it may claim, and what must not change its answer. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledgerRowSchema } from '../src/formats/ledger.ts'
import { type Synthesis, synthesisSchema } from '../src/formats/synthesis.ts'
import { keepSynthesis } from '../src/pipeline/synthesis/keep.ts'
import { verifyLedger } from '../src/pipeline/synthesis/verify.ts'
import { filesBelow } from '../src/store/bundle/paths.ts'
import { sharedDataAbsent, sharedDataRoot } from './support/shared-data.ts'
import { bundleOf, generatedFiles, synthesisContext, synthesisOf, type TestBundle } from './support/synthesis-bundle.ts'

const SLOW = 120_000

describe('one workload in nsys and ncu (real)', () => {
  const pair = ['nsys-sqlite/extra-p-extrap__ex-gpu.s1000.sqlite', 'ncu-rep/extra-p-extrap__ex-gpu.s1000.ncu-rep'] as const
  const path = (name: string) => join(sharedDataRoot ?? '', name)

  it('is a picture with citations and without a lever that the evidence cannot carry', { timeout: SLOW }, async (context) => {
    if (sharedDataRoot === undefined) return context.skip(sharedDataAbsent)
    const bundle = await bundleOf('pair', pair.map(path))
    try {
      const synthesis = await synthesisOf(bundle)
      expect(synthesisSchema.parse(synthesis)).toEqual(synthesis)
      expect(synthesis.state).toBe('synthesized')
      expect(synthesis.inventory.filter(({ state }) => state === 'valid').map(({ kind }) => kind)).toEqual(['ncu', 'nsys'])
      expect(synthesis.ledger).toEqual([])
      // No LLM step repeats in it, and no engine is known: it says so instead of naming a class.
      expect(synthesis.bottlenecks).toEqual([])
      expect(synthesis.notProposed.length).toBeGreaterThan(0)
      expect(synthesis.reconciliation.length).toBeGreaterThan(0)
    } finally {
      bundle.remove()
    }
  })

  it('put beside another workload it is refused', { timeout: SLOW }, async (context) => {
    if (sharedDataRoot === undefined) return context.skip(sharedDataAbsent)
    const bundle = await bundleOf('strangers', [path(pair[0]), path('ncu-rep/SeisSol-TensorForge__compute_prof.ncu-rep')])
    try {
      const { state, refusal, ledger } = await synthesisOf(bundle)
      expect({ state, ledger }).toEqual({ state: 'refused', ledger: [] })
      expect(refusal?.reason).toContain('do not show one workload')
      expect(refusal?.capture.length).toBeGreaterThan(0)
    } finally {
      bundle.remove()
    }
  })

  it('one source alone is refused, with the captures that would do', { timeout: SLOW }, async (context) => {
    if (sharedDataRoot === undefined) return context.skip(sharedDataAbsent)
    const bundle = await bundleOf('alone', [path(pair[0])])
    try {
      const { state, refusal } = await synthesisOf(bundle)
      expect(state).toBe('refused')
      expect(refusal?.capture.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['ncu', 'zymtrace', 'dcgm']))
    } finally {
      bundle.remove()
    }
  })
})

describe('a ledger', () => {
  let bundle: TestBundle
  let synthesis: Synthesis
  const options = () => ({ root: bundle.root, version: '0.1.0' })
  const verify = () => verifyLedger(synthesisContext, bundle.folder, bundle.shown, options())

  beforeAll(async () => {
    const files = generatedFiles(1, 0)
    try {
      bundle = await bundleOf('verified', [files.folder])
    } finally {
      files.remove()
    }
    const computed = await synthesisOf(bundle)
    const { root, folder, shown } = bundle
    const keeping = {
      root,
      folder,
      shown,
      configRoot: synthesisContext.configRoot,
      synthesis: computed,
      stage: 1,
      atUtc: '2026-01-02T00:00:00Z',
    }
    synthesis = await keepSynthesis(keeping)
  }, SLOW)
  afterAll(() => bundle.remove())

  it('has a row, and every citation of a row stands on the page', () => {
    expect(synthesis.ledger.length).toBeGreaterThan(0)
    for (const { citations } of synthesis.ledger) for (const id of citations) expect(synthesis.citations).toHaveProperty(id)
    expect(synthesis.ledger[0]?.status).toBe('staged')
    expect(synthesis.written).toEqual(expect.arrayContaining(['findings/ledger.json', 'HANDOFF.md']))
  })

  it('holds when it is computed again', { timeout: SLOW }, async () => {
    expect(await verify()).toMatchObject({ verdict: 'holds', problems: [] })
  })

  it('fails when one byte of one artifact changes', { timeout: SLOW }, async () => {
    const raw = filesBelow(bundle.folder).files.filter((place) => place.startsWith('raw/'))
    for (const place of raw) {
      const path = join(bundle.folder, place)
      const bytes = readFileSync(path)
      const changed = Buffer.from(bytes)
      const middle = bytes.length >> 1
      changed[middle] = (changed[middle] ?? 0) ^ 1
      writeFileSync(path, changed)
      try {
        const { verdict, problems } = await verify()
        expect({ place, verdict, named: problems.some(({ code, where }) => code === 'artifact' && where === place) }).toEqual({
          place,
          verdict: 'fails',
          named: true,
        })
      } finally {
        writeFileSync(path, bytes)
      }
    }
  })

  it('fails when a figure, a citation or a row is changed on the page', { timeout: SLOW }, async () => {
    const page = readdirSync(join(bundle.folder, 'findings')).find((name) => name.startsWith('synthesis-') && name.endsWith('.json')) ?? ''
    const path = join(bundle.folder, 'findings', page)
    const text = readFileSync(path, 'utf8')
    const edits: Record<string, (value: Synthesis) => void> = {
      effect: (value) => {
        const change = value.ledger[0]?.effects[0]?.change
        if (change !== undefined) change.median += 0.01
      },
      citation: (value) => {
        const [citation] = Object.values(value.citations)
        if (typeof citation?.value === 'number') citation.value += 1
      },
      'row left out': (value) => {
        value.ledger = []
      },
      'citation removed': (value) => {
        delete value.citations[value.ledger[0]?.citations[0] ?? '']
      },
    }
    for (const [name, edit] of Object.entries(edits)) {
      const value = JSON.parse(text) as Synthesis
      edit(value)
      writeFileSync(path, JSON.stringify(value))
      const { verdict } = await verify()
      expect({ name, verdict }).toEqual({ name, verdict: 'fails' })
    }
    writeFileSync(path, text)
  })

  it('refuses a row without artifact, citation, rigor or standing by its schema', () => {
    const [row] = synthesis.ledger
    if (row === undefined) throw new Error('no row')
    expect(ledgerRowSchema.safeParse(row).success).toBe(true)
    expect(ledgerRowSchema.safeParse({ ...row, evidence_artifacts: [] }).success).toBe(false)
    expect(ledgerRowSchema.safeParse({ ...row, citations: [] }).success).toBe(false)
    for (const field of ['sol_rigor', 'confidence', 'citations', 'evidence_artifacts', 'expected_effect', 'falsifier'] as const) {
      const { [field]: _, ...without } = row
      expect({ field, ok: ledgerRowSchema.safeParse(without).success }).toEqual({ field, ok: false })
    }
  })
})

/** What a reader of the ledger would act on. */
const acted = ({ ledger, bottlenecks }: Synthesis) => ({
  classes: bottlenecks.map(({ class: name }) => name),
  rows: ledger.map(({ lever, effects, confidence_score }) => ({ lever, effects, confidence_score })),
})

describe.each([0, 1, 3, 5])('generated deployment %i', (index) => {
  let files: ReturnType<typeof generatedFiles>
  let whole: Synthesis
  beforeAll(async () => {
    files = generatedFiles(11, index)
    whole = await synthesisOfCopy(files.folder, (name) => name)
  }, SLOW)
  afterAll(() => files.remove())

  /** @param rename undefined leaves the file out. */
  async function synthesisOfCopy(
    folder: string,
    rename: (place: string) => string | undefined,
    edit?: (bytes: Buffer) => Buffer,
  ): Promise<Synthesis> {
    const copy = mkdtempSync(join(tmpdir(), 'sextant-copy-'))
    try {
      for (const place of filesBelow(folder).files) {
        const name = rename(place)
        if (name === undefined) continue
        mkdirSync(join(copy, name, '..'), { recursive: true })
        copyFileSync(join(folder, place), join(copy, name))
        if (edit !== undefined) writeFileSync(join(copy, name), edit(readFileSync(join(copy, name))))
      }
      const bundle = await bundleOf(
        'copy',
        readdirSync(copy).map((name) => join(copy, name)),
      )
      try {
        return await synthesisOf(bundle)
      } finally {
        bundle.remove()
      }
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }

  it('answers alike whatever its files are called and in whatever order they come', { timeout: SLOW }, async () => {
    // Tables of zymtrace are known by their names; everything else is known by content.
    const keep = (place: string): boolean => place.includes('zymtrace') || place.includes('capture_sources')
    const reversed = await synthesisOfCopy(files.folder, (place) =>
      keep(place)
        ? place
        : `${String.fromCharCode(219 - (basename(place).charCodeAt(0) || 97))}-${statSync(join(files.folder, place)).size}-${basename(place)}`,
    )
    expect(acted(reversed)).toEqual(acted(whole))
  })

  it('no confidence rises when a source is taken away', { timeout: SLOW }, async () => {
    const before = new Map(whole.ledger.map(({ lever, confidence_score }) => [lever, confidence_score]))
    const kinds: Record<string, RegExp> = {
      nsys: /\.sqlite$/,
      ncu: /ncu/,
      zymtrace: /zymtrace|capture_sources/,
      dcgm: /dcgm/,
      bench: /bench/,
      metrics: /\.prom$/,
    }
    for (const [kind, pattern] of Object.entries(kinds)) {
      if (!filesBelow(files.folder).files.some((place) => pattern.test(place))) continue
      const less = await synthesisOfCopy(files.folder, (place) => (pattern.test(place) ? undefined : place))
      for (const { lever, confidence_score } of less.ledger) {
        expect({ kind, lever, rises: confidence_score > (before.get(lever) ?? 0) + 1e-9 }).toEqual({ kind, lever, rises: false })
      }
    }
  })

  it('ranks alike when template arguments of kernels are others', { timeout: SLOW }, async () => {
    // Of equal length, so that every format stays what it is.
    const renamed = await synthesisOfCopy(
      files.folder,
      (place) => place,
      (bytes) =>
        Buffer.from(
          bytes.toString('latin1').replaceAll('c10::BFloat16, 8>', 'c10::BFloat16, 4>').replaceAll('Cluster_2', 'Cluster_4'),
          'latin1',
        ),
    )
    expect(acted(renamed).rows.map(({ lever }) => lever)).toEqual(acted(whole).rows.map(({ lever }) => lever))
  })
})
