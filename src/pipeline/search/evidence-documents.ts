/** Reads every bundle, campaign, registry entry and trial below a root into documents. What cannot be read is said, and the rest is searched. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseFindings } from '#store/findings/findings-file.ts'
import { bundleFacts } from './bundle-facts.ts'
import { type BundleFacts, type EvidenceDocument, factsOf, type Gathered, type LeverRecord } from './evidence-document.ts'
import { ledgerDocuments } from './ledger-documents.ts'
import { trialDocument } from './trial-document.ts'
import { walk } from './walk.ts'

/** People write pages of kilobytes; a synthesis of a large deployment has a few megabytes. Above this it is no text to search. */
const MAX_BYTES = 32 * 1024 * 1024

export interface EvidenceCorpus extends Gathered {
  readonly counted: { readonly bundles: number; readonly trials: number; readonly files: number }
  readonly skipped: readonly { readonly path: string; readonly why: string }[]
  /** sha256 of every file that was read, by path. */
  readonly hashes: ReadonlyMap<string, string>
}

/** Captures, and old versions of what is said about them: `versions/` would answer everything twice. */
const captures = new Set(['raw', 'profiles', 'ncu-profiles', 'zymtrace', 'versions'])

const pages = { 'SOURCE.md': 'source', 'summary.md': 'summary', 'HANDOFF.md': 'handoff', 'CHAMPION.md': 'notes' } as const
const pageTitles = { source: 'Source', summary: 'Summary', handoff: 'Handoff', notes: 'Notes', baseline: 'Baseline' } as const

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const isPage = (name: string): name is keyof typeof pages => name in pages

/** @param start folder below the root to begin at; paths are relative to the root all the same. */
export function gatherEvidence(root: string, start = ''): EvidenceCorpus {
  const { files, skipped: unwalked } = walk(root, start, (path, siblings) => captures.has(nameOf(path)) && siblings.has('SOURCE.md'))
  const skipped = [...unwalked]
  const hashes = new Map<string, string>()
  const read = (path: string): string | undefined => readText(root, path, hashes, skipped)
  const there = new Set(files)
  const facts = new Map<string, BundleFacts>()
  const known = (folder: string): BundleFacts => {
    const manifest = join_(folder, 'manifest.json')
    const source = join_(folder, 'SOURCE.md')
    const found =
      facts.get(folder) ??
      bundleFacts(folder, there.has(manifest) ? read(manifest) : undefined, there.has(source) ? read(source) : undefined)
    facts.set(folder, found)
    return found
  }
  const documents: EvidenceDocument[] = []
  const levers: LeverRecord[] = []
  let trials = 0
  for (const path of files) {
    const gathered = gather(path, there, known, read, skipped)
    if (gathered === undefined) continue
    documents.push(...gathered.documents)
    levers.push(...gathered.levers)
    if (gathered.documents.some(({ kind }) => kind === 'trial')) trials += 1
  }
  return { documents, levers, counted: { bundles: facts.size, trials, files: hashes.size }, skipped, hashes }
}

const join_ = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

type Read = (path: string) => string | undefined
type Skipped = { path: string; why: string }[]

/** The documents of one file; undefined where nothing is searched in it. */
function gather(
  path: string,
  there: ReadonlySet<string>,
  known: (folder: string) => BundleFacts,
  read: Read,
  skipped: Skipped,
): Gathered | undefined {
  const [folder, name] = [folderOf(path), nameOf(path)]
  if (isPage(name)) {
    const kind = there.has(join_(folder, 'baseline.json')) ? 'baseline' : pages[name]
    return page(path, kind, pageTitles[kind], known(folder), read)
  }
  if (name === 'plan.json') {
    const plan = json(path, read, skipped)
    const verdict = join_(folder, 'verdict.json')
    return trialDocument(folder, plan, there.has(verdict) ? json(verdict, read, skipped) : undefined)
  }
  const inside = /^(?:(.*)\/)?(findings|ledger)\/(?:.*\/)?[^/]+$/.exec(path)
  if (inside === null) return undefined
  const bundle = known(inside[1] ?? '')
  if (name === 'findings.yaml') return findings(path, bundle, read, skipped)
  if (name.endsWith('.json')) {
    const value = json(path, read, skipped)
    return value === undefined ? undefined : ledgerDocuments(value, path, bundle, there.has(path.replace(/json$/, 'md')))
  }
  if (!name.endsWith('.md')) return undefined
  return page(path, /^synthesis-/.test(name) ? 'synthesis' : 'notes', name.slice(0, -3), bundle, read)
}

/** A page is titled by its first heading, so that a hit says what it is about. */
function page(path: string, kind: EvidenceDocument['kind'], otherwise: string, bundle: BundleFacts, read: Read): Gathered | undefined {
  const text = read(path)
  if (text === undefined) return undefined
  const heading = /^#\s+(.+)$/m.exec(text)?.[1]?.trim()
  const title = heading === undefined || heading === otherwise ? otherwise : kind === 'notes' ? heading : `${otherwise}: ${heading}`
  const document: EvidenceDocument = {
    kind,
    title: bundle.runId === undefined || title.includes(bundle.runId) ? title : `${title} (${bundle.runId})`,
    text,
    path,
    ...factsOf(bundle),
    ...(bundle.status === undefined ? {} : { status: bundle.status }),
  }
  return { documents: [document], levers: [] }
}

function findings(path: string, bundle: BundleFacts, read: Read, skipped: Skipped): Gathered | undefined {
  const text = read(path)
  if (text === undefined) return undefined
  try {
    const documents = parseFindings(text, path).findings.map((finding): EvidenceDocument => {
      const entities = (finding.affected_entities ?? []).map(({ kind, value }) => `${kind} ${value}`)
      const { severity, source_skill: skill, source_query: query, recommended_action: action, notes = '', references = [] } = finding
      return {
        kind: 'finding',
        title: finding.headline,
        text: [finding.id, severity, action, query, skill, ...entities, notes, ...references].filter((each) => each !== '').join(' · '),
        path,
        handle: finding.id,
        ...factsOf(bundle),
        ...(finding.detected_at_utc === undefined ? {} : { date: finding.detected_at_utc }),
        status: finding.status,
      }
    })
    return { documents, levers: [] }
  } catch (error) {
    skipped.push({ path, why: error instanceof Error ? error.message.slice(0, 300) : 'no list of findings' })
    return undefined
  }
}

function json(path: string, read: Read, skipped: Skipped): unknown {
  const text = read(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    skipped.push({ path, why: 'not JSON' })
    return undefined
  }
}

function readText(root: string, path: string, hashes: Map<string, string>, skipped: Skipped): string | undefined {
  try {
    const { size } = statSync(join(root, path))
    if (size > MAX_BYTES) {
      skipped.push({ path, why: `${size} bytes: no text to search` })
      return undefined
    }
    const bytes = readFileSync(join(root, path))
    hashes.set(path, createHash('sha256').update(bytes).digest('hex'))
    return new TextDecoder().decode(bytes)
  } catch (error) {
    skipped.push({ path, why: `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})` })
    return undefined
  }
}
