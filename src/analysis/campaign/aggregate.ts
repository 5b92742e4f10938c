/**
 * Rows of runs to rows of points. A point is (concurrency, ISL, OSL, cache mode, K): the lake's own grain. Its trials are told apart by
 * their names; two rows of one point without them are ambiguous, never the later one (trap H4).
 */
import { SextantError } from '#base/errors.ts'
import { mean, median, sampleStandardDeviation } from '#base/statistics.ts'
import { type AtlasRow, atlasFigures } from '#formats/campaign.ts'

/** Mean lengths are measured and differ between trials of one load by a few tokens: they are compared within this. */
const LENGTH_TOLERANCE = 0.02

/** Per run by nature: everything else is a fact of the point and must be equal over its trials. */
const ofOneRun: ReadonlySet<string> = new Set([
  ...atlasFigures,
  'trial',
  'node',
  'raw_path',
  'raw_sha256',
  'captured_at',
  'requests',
  'errors',
  'duration_s',
  'invalid',
  'notes',
  'trials',
  'trial_nodes',
  'spread',
  'definitions',
])

/** Undefined for fewer than two. */
const deviation = (values: readonly number[]): number | undefined =>
  values.length < 2 ? undefined : sampleStandardDeviation(Float64Array.from(values))

const sameLength = (a: number | null | undefined, b: number | null | undefined): boolean =>
  a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= LENGTH_TOLERANCE * Math.max(a, b))

const samePoint = (a: AtlasRow, b: AtlasRow): boolean =>
  a.concurrency === b.concurrency &&
  (a.cache_mode ?? '') === (b.cache_mode ?? '') &&
  (a.num_speculative_tokens ?? -1) === (b.num_speculative_tokens ?? -1) &&
  sameLength(a.mean_input_tokens, b.mean_input_tokens) &&
  sameLength(a.mean_output_tokens, b.mean_output_tokens)

/** What is null says no more than what is absent. */
export function withoutNulls(row: AtlasRow): AtlasRow {
  if (!Object.values(row).some((value) => value === null || value === undefined)) return row
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined)) as AtlasRow
}

function requireTrials(cell: string, rows: readonly AtlasRow[]): void {
  if (rows.length < 2) return
  const names = rows.map(({ trial }) => trial ?? '')
  if (!names.includes('') && new Set(names).size === names.length) return
  const c = rows[0]?.concurrency ?? 0
  throw new SextantError(
    'ambiguous',
    `the cell ${cell} has ${rows.length} rows at concurrency ${c} that are no named trials: which one counts is not known`,
    'Give every run its own name when importing it (sextant campaign import --trial NAME), or take the wrong one out of normalized.json.',
    { cell, concurrency: c },
  )
}

const isSame = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))

/** Facts that all trials state alike; a contradicted one is left out, and said in `notes`. */
function commonFacts(rows: readonly AtlasRow[]): { readonly facts: Record<string, unknown>; readonly contradicted: readonly string[] } {
  const facts: Record<string, unknown> = {}
  const contradicted: string[] = []
  for (const key of new Set(rows.flatMap((row) => Object.keys(row)))) {
    if (ofOneRun.has(key)) continue
    const [first, ...others] = rows.filter((row) => row[key] !== undefined)
    if (first !== undefined && others.every((row) => isSame(row[key], first[key]))) facts[key] = first[key]
    else contradicted.push(key)
  }
  return { facts, contradicted }
}

/** Figures of different definitions have no median. */
function figuresOf(rows: readonly AtlasRow[]) {
  const figures: Record<string, number> = {}
  const spread: NonNullable<AtlasRow['spread']> = {}
  const definitions: Record<string, string> = {}
  const mixed: string[] = []
  for (const key of atlasFigures) {
    const having = rows.filter((row) => typeof row[key] === 'number')
    // In one order, whatever order the rows came in: sums of floats depend on it. Filtered just above.
    const values = having.map((row) => row[key] as number).sort((a, b) => a - b)
    if (values.length === 0) continue
    const said = new Set(having.map((row) => row.definitions?.[key]))
    if (said.size > 1) {
      mixed.push(key)
      continue
    }
    figures[key] = median(values)
    const std = deviation(values)
    spread[key] = { n: values.length, min: Math.min(...values), max: Math.max(...values), ...(std === undefined ? {} : { std }) }
    const [definition] = said
    if (definition !== undefined) definitions[key] = definition
  }
  return { figures, spread, definitions, mixed }
}

function pointOf(rows: readonly AtlasRow[]): AtlasRow {
  const [first] = rows
  if (first === undefined) throw new Error('a point of no rows')
  const { facts, contradicted } = commonFacts(rows)
  const { figures, spread, definitions, mixed } = figuresOf(rows)
  const nodes = rows.map(({ node }) => node)
  const notes = [
    ...new Set(rows.flatMap(({ notes: said }) => said ?? [])),
    ...contradicted.map((key) => `${key}: trials contradict each other`),
    ...mixed.map((key) => `${key}: trials define it differently`),
  ]
  const sums = (key: 'requests' | 'errors') =>
    rows.every((row) => typeof row[key] === 'number') ? { [key]: rows.reduce((sum, row) => sum + (row[key] ?? 0), 0) } : {}
  const starts = rows.flatMap(({ captured_at }) => captured_at ?? []).sort()
  return {
    ...facts,
    ...figures,
    cell_id: first.cell_id,
    concurrency: first.concurrency,
    ...sums('requests'),
    ...sums('errors'),
    ...(starts[0] === undefined ? {} : { captured_at: starts[0] }),
    ...(rows.length === 1 && typeof first.raw_path === 'string' ? { raw_path: first.raw_path } : {}),
    ...(notes.length === 0 ? {} : { notes: notes.join('; ') }),
    ...(Object.keys(definitions).length === 0 ? {} : { definitions }),
    trials: rows.length,
    ...(nodes.every((node) => typeof node === 'string') ? { trial_nodes: [...new Set(nodes as string[])].sort() } : {}),
    spread,
  }
}

/**
 * @param rows of one cell, one per run.
 * @returns a row per point, medians over its valid runs, sorted by concurrency, then lengths. Throws `ambiguous`.
 */
export function aggregateRows(cell: string, rows: readonly AtlasRow[]): AtlasRow[] {
  const groups: AtlasRow[][] = []
  for (const row of rows.map(withoutNulls)) {
    if ((row.invalid?.length ?? 0) > 0) continue
    const group = groups.find(([head]) => head !== undefined && samePoint(head, row))
    if (group === undefined) groups.push([row])
    else group.push(row)
  }
  for (const group of groups) requireTrials(cell, group)
  return groups
    .map(pointOf)
    .sort(
      (a, b) =>
        a.concurrency - b.concurrency ||
        (a.mean_input_tokens ?? 0) - (b.mean_input_tokens ?? 0) ||
        (a.mean_output_tokens ?? 0) - (b.mean_output_tokens ?? 0) ||
        ((a.cache_mode ?? '') < (b.cache_mode ?? '') ? -1 : 1),
    )
}

/** Relative standard deviation over trials; undefined for fewer than two. */
export function relativeSpread(values: readonly number[]): number | undefined {
  const std = deviation(values)
  const centre = mean(values)
  return std === undefined || !(centre > 0) ? undefined : std / centre
}
