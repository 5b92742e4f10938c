/** A trial as one document: what was to be shown, between which arms, and what it proved. */
import * as z from 'zod'
import type { EvidenceDocument, Gathered, LeverRecord } from './evidence-document.ts'
import { stringsOf } from './ledger-documents.ts'

const planSchema = z.object({
  schema: z.literal('trial-plan/1'),
  trial: z.string(),
  created_at_utc: z.string(),
  title: z.string(),
  hypothesis: z.string().optional(),
  arms: z.unknown().optional(),
  factors: z.unknown().optional(),
  metric: z.string(),
})
const verdictSchema = z.object({ schema: z.literal('trial-verdict/1'), verdict: z.string(), reason: z.string(), standing: z.string() })

/** Undefined where the folder holds no plan of a trial. A plan without verdict has the status `planned`. */
export function trialDocument(folder: string, plan: unknown, verdict: unknown): Gathered | undefined {
  const planned = planSchema.safeParse(plan)
  if (!planned.success) return undefined
  const judged = verdictSchema.safeParse(verdict)
  const { trial, title, hypothesis, metric, created_at_utc: date } = planned.data
  const [status, why] = judged.success
    ? [judged.data.verdict, `${judged.data.reason}${judged.data.standing === 'VERDICT' ? '' : ' (its standing is DRAFT)'}`]
    : ['planned', 'it has no verdict yet']
  const arms = stringsOf([planned.data.arms, planned.data.factors])
  const path = `${folder === '' ? '' : `${folder}/`}${judged.success ? 'verdict' : 'plan'}.json`
  const document: EvidenceDocument = {
    kind: 'trial',
    title: `${trial}: ${title}`,
    text: [status, hypothesis ?? '', why, metric, ...arms, ...(judged.success ? stringsOf(verdict) : [])]
      .filter((text) => text !== '')
      .join(' · '),
    path,
    handle: trial,
    status,
    date,
    runId: trial,
  }
  const record: LeverRecord = {
    origin: 'trial',
    path,
    lever: '',
    title,
    status,
    why,
    about: [trial, hypothesis ?? '', ...arms].join(' '),
    trial,
    date,
  }
  return { documents: [document], levers: [record] }
}
