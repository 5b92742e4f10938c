/**
 * Rows of ledgers, wherever a bundle keeps them: `findings/synthesis-*.json`, `ledger/*.json`. Read loosely: an older or newer ledger
 * is searched by what it says, and what is no row is passed over.
 */
import * as z from 'zod'
import { type BundleFacts, type EvidenceDocument, factsOf, type Gathered, type LeverRecord, nothingGathered } from './evidence-document.ts'

const texts = z.array(z.string()).catch([])

const rowSchema = z.object({
  lever: z.string().min(1),
  status: z.string().catch('DRAFT'),
  title: z.string().catch(''),
  handle: z.string().optional().catch(undefined),
  class: z.string().catch(''),
  type: z.string().catch(''),
  engine: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).catch(''),
  expected_effect: z.string().catch(''),
  because: texts,
  risks: texts,
  falsifier: z.string().catch(''),
  change: z
    .object({ summary: z.string().catch(''), arguments: texts, environment: texts })
    .catch({ summary: '', arguments: [], environment: [] }),
  outcome: z
    .object({ trial: z.string().catch(''), why: z.string().catch('') })
    .optional()
    .catch(undefined),
})
type Row = z.infer<typeof rowSchema>

const notProposedSchema = z.object({ lever: z.string().min(1), title: z.string().catch(''), reason: z.string().catch('') })

function listOf<T>(value: unknown, schema: z.ZodType<T>): T[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each) => {
    const parsed = schema.safeParse(each)
    return parsed.success ? [parsed.data] : []
  })
}

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined

/** Everything a JSON value says, in its order: for what has no document of its own. */
export function stringsOf(value: unknown, most = 4000): string[] {
  const found: string[] = []
  const visit = (each: unknown): void => {
    if (found.length >= most) return
    if (typeof each === 'string') found.push(each)
    else if (Array.isArray(each)) each.forEach(visit)
    else if (typeof each === 'object' && each !== null) Object.values(each).forEach(visit)
  }
  visit(value)
  return found
}

/** @param path relative to the root. @param isTold a page beside the file says the same: then only its rows are documents. */
export function ledgerDocuments(value: unknown, path: string, bundle: BundleFacts, isTold: boolean): Gathered {
  const rows = listOf(Array.isArray(value) ? value : (property(value, 'ledger') ?? property(value, 'rows')), rowSchema)
  const notProposed = listOf(property(value, 'notProposed'), notProposedSchema)
  const facts = factsOf(bundle)
  const documents = rows.map((row): EvidenceDocument => rowDocument(row, path, facts))
  const levers: LeverRecord[] = [
    ...rows.map((row) => rowRecord(row, path, facts)),
    ...notProposed.map(
      ({ lever, title, reason }): LeverRecord => ({
        origin: 'not-proposed',
        path,
        lever,
        title,
        status: 'not proposed',
        why: reason,
        about: '',
        ...facts,
      }),
    ),
  ]
  const isSynthesis = String(property(value, 'schema') ?? '').startsWith('synthesis/')
  if (rows.length === 0 && levers.length === 0 && !isSynthesis) return nothingGathered
  return { documents: isTold ? documents : [...documents, ...restDocuments(value, path, facts, notProposed.length)], levers }
}

function rowDocument(row: Row, path: string, facts: ReturnType<typeof factsOf>): EvidenceDocument {
  const { change, outcome } = row
  return {
    kind: 'lever',
    title: `${row.lever} ${row.title}`.trim(),
    text: [
      row.status,
      row.class,
      row.type,
      row.engine,
      row.expected_effect,
      change.summary,
      ...change.arguments,
      ...change.environment,
      ...row.because,
      ...row.risks,
      row.falsifier,
      outcome?.trial ?? '',
      outcome?.why ?? '',
    ]
      .filter((text) => text !== '')
      .join(' · '),
    path,
    handle: row.handle ?? row.lever,
    status: row.status,
    ...facts,
  }
}

function rowRecord(row: Row, path: string, facts: ReturnType<typeof factsOf>): LeverRecord {
  const { outcome, handle, engine, change } = row
  return {
    origin: 'ledger',
    path,
    lever: row.lever,
    title: row.title,
    status: row.status,
    why: outcome?.why || row.expected_effect,
    about: [change.summary, ...change.arguments, ...change.environment].join(' '),
    ...(handle === undefined ? {} : { handle }),
    ...(engine === '' ? {} : { engine }),
    ...(outcome === undefined || outcome.trial === '' ? {} : { trial: outcome.trial }),
    ...facts,
  }
}

/** Contradictions, unknowns, refusal and next lever: one document, where no page tells them. */
function restDocuments(value: unknown, path: string, facts: ReturnType<typeof factsOf>, notProposed: number): EvidenceDocument[] {
  const keys = ['refusal', 'bottlenecks', 'contradictions', 'unknowns', 'notProposed', 'next']
  const text = keys.flatMap((key) => stringsOf(property(value, key))).join('\n')
  if (text === '') return []
  const title = notProposed > 0 ? 'Synthesis: contradictions, unknowns, what is not proposed' : 'Synthesis: contradictions and unknowns'
  return [{ kind: 'synthesis', title, text, path, ...facts }]
}
