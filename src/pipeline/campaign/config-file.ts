/** config.yaml of a campaign, with the line of whatever is wrong in it. */
import { isNode, LineCounter, type ParsedNode, parseDocument } from 'yaml'
import type * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import { type CampaignConfig, campaignCellConfigSchema, campaignConfigSchema } from '#formats/campaign.ts'

export interface ReadConfig {
  readonly config: CampaignConfig
  /** Keys that nobody here knows: kept, and said with their line. */
  readonly notes: readonly string[]
}

interface Problem {
  readonly line: number
  readonly text: string
}

type Document = ReturnType<typeof parseDocument>

/** Line of the deepest part of `path` that the file has. */
function lineAt(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true)
    const range = isNode(node) ? (node as ParsedNode).range : undefined
    if (range !== undefined && range !== null) return lines.linePos(range[0]).line
  }
  return 1
}

const place = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'the file' : path.map(String).join('.'))

/** Keys beside the known ones: near a known one it is a mistake, else somebody else's and kept. */
function unknownKeys(config: CampaignConfig): { readonly path: readonly PropertyKey[]; readonly meant?: string }[] {
  const check = (value: object, known: readonly string[], path: readonly PropertyKey[]) =>
    Object.keys(value)
      .filter((key) => !known.includes(key))
      .map((key) => {
        const meant = nearName(key, known)
        return { path: [...path, key], ...(meant === undefined ? {} : { meant }) }
      })
  const shape = campaignConfigSchema.shape
  return [
    ...check(config, Object.keys(shape), []),
    ...check(config.campaign, Object.keys(shape.campaign.shape), ['campaign']),
    ...config.cells.flatMap((cell, index) => check(cell, Object.keys(campaignCellConfigSchema.shape), ['cells', index])),
  ]
}

/** Rules over several fields. */
function contradictions(config: CampaignConfig): { readonly path: readonly PropertyKey[]; readonly text: string }[] {
  const ids = config.cells.map(({ id }) => id)
  const baseline = config.campaign.comparator_baseline
  return [
    ...ids.flatMap((id, index) =>
      ids.indexOf(id) === index ? [] : [{ path: ['cells', index, 'id'], text: `the id ${id} is taken by cell ${ids.indexOf(id) + 1}` }],
    ),
    // Folders `<id>-decode` hold the roofline sweep of `<id>`: an arm of that name could not be told from it.
    ...ids.flatMap((id, index) => {
      const arm = /^(.*)-(?:decode|prefill)$/.exec(id)?.[1]
      return arm === undefined || !ids.includes(arm)
        ? []
        : [{ path: ['cells', index, 'id'], text: `${id} is where the roofline sweep of the cell ${arm} goes: choose another id` }]
    }),
    ...config.cells.flatMap(({ concurrencies }, index) =>
      new Set(concurrencies).size === concurrencies.length
        ? []
        : [{ path: ['cells', index, 'concurrencies'], text: 'a concurrency is there twice' }],
    ),
    ...(typeof baseline === 'string' && baseline !== '' && !ids.includes(baseline)
      ? [{ path: ['campaign', 'comparator_baseline'], text: `${baseline} is none of the cells (${ids.join(', ')})` }]
      : []),
  ]
}

function refuse(problems: readonly Problem[], name: string): never {
  const sorted = [...problems].sort((a, b) => a.line - b.line)
  throw new SextantError(
    'corrupt_file',
    `${name} is no configuration of a campaign: ${sorted.map(({ line, text }) => `line ${line}: ${text}`).join('; ')}`,
    `Correct ${name}${sorted[0] === undefined ? '' : ` at line ${sorted[0].line}`}; docs/schemas/campaign_config.json says what goes where.`,
    { lines: sorted.map(({ line }) => line), problems: sorted.map(({ text }) => text) },
  )
}

/** @param name for messages. Throws `corrupt_file` with the line of every problem. */
export function parseCampaignConfig(text: string, name: string): ReadConfig {
  const lines = new LineCounter()
  // Aliases could expand without bound: the parser's own limit of 100 stays.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0)
    refuse(
      document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, text: message.split('\n')[0] ?? 'not YAML' })),
      name,
    )
  const parsed = campaignConfigSchema.safeParse(document.toJS())
  if (!parsed.success)
    refuse(
      parsed.error.issues.map((issue: z.core.$ZodIssue) => ({
        line: lineAt(document, lines, issue.path),
        text: `${place(issue.path)}: ${issue.message}`,
      })),
      name,
    )
  const config = parsed.data
  const unknown = unknownKeys(config)
  const problems = [
    ...contradictions(config),
    ...unknown.flatMap(({ path, meant }) =>
      meant === undefined ? [] : [{ path, text: `${place(path)}: no such key; did you mean ${meant}?` }],
    ),
  ]
  if (problems.length > 0)
    refuse(
      problems.map(({ path, text: said }) => ({ line: lineAt(document, lines, path), text: said })),
      name,
    )
  return {
    config,
    notes: unknown.map(({ path }) => `${name} line ${lineAt(document, lines, path)}: ${place(path)} is not known here and not used`),
  }
}
