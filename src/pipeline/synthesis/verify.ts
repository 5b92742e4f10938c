/** Computes a bundle's ledger again: hashes, citations, rows, and the trials behind outcomes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { compareSyntheses } from '#analysis/ledger/compare.ts'
import { unfairBaseline } from '#analysis/ledger/krhpa.ts'
import { measuredChange } from '#analysis/ledger/merge.ts'
import { judgeTrial } from '#analysis/trial/judge.ts'
import { isSextantError, SextantError } from '#base/errors.ts'
import type { Ledger, LedgerRow } from '#formats/ledger.ts'
import type { LedgerVerify } from '#formats/ledger-verify.ts'
import { type Synthesis, synthesisSchema } from '#formats/synthesis.ts'
import type { AskContext } from '#pipeline/ask.ts'
import { fileError } from '#platform/access.ts'
import { requireBundle } from '#store/bundle/paths.ts'
import { verifyBundle } from '#store/bundle/verify.ts'
import { readLedger } from '#store/ledger/ledger-file.ts'
import { readTrial, requireArtifacts, trialFolder } from '#store/trials/trial-folder.ts'
import type { GatherOptions } from './gathered.ts'
import { synthesize } from './synthesize.ts'

type Problem = LedgerVerify['problems'][number]

export interface VerifyOptions extends GatherOptions {
  /** Of the experiments, where trials stand. */
  readonly root: string
  readonly version: string
}

/** @param given a bundle, or a file of its findings/. @param shown as the caller named it. */
export async function verifyLedger(context: AskContext, given: string, shown: string, options: VerifyOptions): Promise<LedgerVerify> {
  const { folder, page } = bundleOf(given, shown)
  const { manifest, problems: broken } = await verifyBundle(folder, shown)
  const problems: Problem[] = broken
    .filter(({ severity }) => severity === 'error')
    .map(({ path, what }) => ({ code: 'artifact', where: path, what }))
  const pages = page === undefined ? newestPage(folder) : [page]
  let citations = 0
  let rows = 0
  for (const place of pages) {
    const written = readPage(join(folder, place), place)
    if (!('schema' in written)) problems.push(written)
    else {
      citations += Object.keys(written.citations).length
      rows += written.ledger.length
      problems.push(...uncarried(written, place))
      // A changed artifact is named once; what is computed from it cannot be trusted either way.
      if (!problems.some(({ code }) => code === 'artifact')) problems.push(...(await again(context, folder, shown, written, options)))
    }
  }
  const ledger = ledgerOf(folder, shown, problems)
  const tried = (ledger?.rows ?? []).filter(({ outcome }) => outcome !== undefined)
  for (const row of tried) problems.push(...checkOutcome(options.root, row))
  if (pages.length === 0 && ledger === undefined) {
    throw new SextantError('missing_data', `${shown} has no ledger`, 'Make one: sextant synthesize BUNDLE.')
  }
  return {
    schema: 'ledger-verify/1',
    sources: manifest.artifacts.map(({ path, sha256 }) => ({ path, sha256 })),
    verdict: problems.length === 0 ? 'holds' : 'fails',
    pages,
    checked: { artifacts: manifest.artifacts.length, citations, rows, outcomes: tried.length },
    problems,
  }
}

function ledgerOf(folder: string, shown: string, problems: Problem[]): Ledger | undefined {
  try {
    return readLedger(folder, shown)
  } catch (error) {
    if (!isSextantError(error)) throw error
    problems.push({ code: 'schema', where: 'findings/ledger.json', what: error.message })
    return undefined
  }
}

/** Throws where no bundle holds what was given. */
export function requireLedgerPlace(given: string, shown: string): void {
  bundleOf(given, shown)
}

function bundleOf(given: string, shown: string): { readonly folder: string; readonly page?: string } {
  let folder = resolve(given)
  const isFile = existsSync(folder) && /\.json$/.test(folder)
  while (!existsSync(join(folder, 'manifest.json'))) {
    const above = dirname(folder)
    if (above === folder) {
      requireBundle(given, shown)
    }
    folder = above
  }
  const place = relative(folder, resolve(given)).replaceAll('\\', '/')
  return isFile && /^findings\/synthesis-/.test(place) ? { folder, page: place } : { folder }
}

/** Older pages were computed before newer artifacts were added: the newest is the one that stands. */
function newestPage(folder: string): string[] {
  const findings = join(folder, 'findings')
  const names = existsSync(findings) ? readdirSync(findings).filter((name) => /^synthesis-.*\.json$/.test(name)) : []
  const newest = names.sort().at(-1)
  return newest === undefined ? [] : [`findings/${newest}`]
}

function readPage(path: string, place: string): Synthesis | Problem {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(place, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { code: 'schema', where: place, what: 'it is not JSON' }
  }
  const parsed = synthesisSchema.safeParse(value)
  if (parsed.success) return parsed.data
  return { code: 'schema', where: place, what: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') }
}

/** A row whose citation is not on the page claims something that nothing carries. */
function uncarried({ ledger, citations }: Synthesis, place: string): Problem[] {
  return ledger.flatMap(({ lever, citations: ids }) =>
    ids
      .filter((id) => citations[id] === undefined)
      .map((id): Problem => ({ code: 'citation', where: `${place} ${lever}`, what: `${id} is not on the page` })),
  )
}

async function again(context: AskContext, folder: string, shown: string, written: Synthesis, options: VerifyOptions): Promise<Problem[]> {
  const { focus, record, priorArt = [] } = written
  const now = await synthesize(context, folder, shown, { ...options, focus, records: record, priorArt: () => priorArt })
  return compareSyntheses(written, now)
}

/** The verdict must stand where the row says, be what its runs give, and be of the change that the row names. */
function checkOutcome(root: string, row: LedgerRow): Problem[] {
  const { outcome } = row
  if (outcome === undefined) return []
  const problem = (code: Problem['code'], what: string): Problem => ({ code, where: `${row.lever} ${outcome.trial}`, what })
  const unfair = row.confidence === 'VERDICT' ? unfairBaseline(row) : undefined
  if (unfair !== undefined) return [problem('outcome', `it stands as a VERDICT, and ${unfair}`)]
  const shown = trialFolder(outcome.trial)
  const folder = join(root, shown)
  try {
    const { plan, runs, looks } = readTrial(folder, shown)
    requireArtifacts(folder, shown, runs)
    if (plan.prediction?.lever !== row.lever) return [problem('provenance', 'the trial was planned for another lever')]
    const judgement = { ...judgeTrial({ plan, runs, earlierLooks: looks }), sources: [] }
    const { verdict } = judgement
    const measured = measuredChange(judgement)
    if (verdict !== row.status) return [problem('outcome', `its runs give ${verdict}, the row says ${row.status}`)]
    return measured === outcome.measured
      ? []
      : [problem('outcome', `its runs give ${String(measured)}, the row says ${String(outcome.measured)}`)]
  } catch (error) {
    if (!isSextantError(error)) throw error
    return [problem('outcome', error.message)]
  }
}
