/** Rows of the atlas as series of the same thing over campaigns. */
import type { TrendIdentity, TrendPointRow } from '#formats/lake/lake-trend.ts'

/**
 * Mean lengths of a sampled data set differ by this much between runs (a deviation of the lengths of their mean, over the root of 1,000
 * requests and more, is 3 % at most and mostly below 2 %); a difference beyond is another workload.
 */
const SAME_LENGTH = 0.02

/** One row of atlas_v1 with what its campaign says; null is not known. */
export interface TrendRow {
  readonly campaign: string
  readonly cell: string
  readonly status: string | null
  /** ISO 8601, UTC. */
  readonly capturedAtUtc: string | null
  readonly value: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly image: string | null
  readonly engineVersion: string | null
  readonly trials?: { readonly count: number; readonly deviation: number }
  readonly identity: TrendIdentity
}

export interface TrendGroup {
  readonly identity: TrendIdentity
  readonly points: readonly TrendPointRow[]
}

export interface TrendGroups {
  readonly groups: readonly TrendGroup[]
  readonly leftOut: readonly { readonly why: string; readonly rows: number }[]
}

/** Why a row is no point. */
function unusable({ status, capturedAtUtc, value }: TrendRow): string | undefined {
  if (status !== 'full') return 'its cell is not measured in full'
  if (value === null) return 'it has no value of this metric'
  if (!(value > 0)) return 'its value is not above 0'
  return capturedAtUtc === null ? 'its campaign has no time of capture' : undefined
}

/** `FP8` and `fp8` are the same. */
const keyOf = (identity: TrendIdentity): string =>
  JSON.stringify(Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1))).toLowerCase()

function grouped<T>(values: readonly T[], key: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const name = key(value)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return [...groups.values()]
}

/** Rows of nearly the same length together: sorted, a new group where one is more than 2 % above the first of its group. */
function byLength(rows: readonly TrendRow[], length: (row: TrendRow) => number | null): TrendRow[][] {
  const unsaid = rows.filter((row) => length(row) === null)
  const groups: TrendRow[][] = unsaid.length === 0 ? [] : [unsaid]
  let first = Number.NEGATIVE_INFINITY
  const sorted = rows.flatMap((row) => {
    const tokens = length(row)
    return tokens === null ? [] : [{ row, tokens }]
  })
  for (const { row, tokens } of sorted.sort((a, b) => a.tokens - b.tokens)) {
    if (tokens <= first * (1 + SAME_LENGTH)) groups.at(-1)?.push(row)
    else {
      groups.push([row])
      first = tokens
    }
  }
  return groups
}

const hasTwins = (rows: readonly TrendRow[]): boolean => new Set(rows.map(({ campaign }) => campaign)).size < rows.length

function pointOf(row: TrendRow): TrendPointRow[] {
  if (row.value === null || row.capturedAtUtc === null) return []
  return [
    {
      campaign: row.campaign,
      cell: row.cell,
      captured_at_utc: row.capturedAtUtc,
      value: row.value,
      ...(row.trials === undefined ? {} : { trials: row.trials }),
      ...(row.inputTokens === null ? {} : { mean_input_tokens: row.inputTokens }),
      ...(row.outputTokens === null ? {} : { mean_output_tokens: row.outputTokens }),
      ...(row.image === null ? {} : { image: row.image }),
      ...(row.engineVersion === null ? {} : { engine_version: row.engineVersion }),
    },
  ]
}

const orderOf = ({ captured_at_utc, campaign }: TrendPointRow): string => `${captured_at_utc} ${campaign}`

/** The same whatever the order of `rows`. Rows of one campaign that nothing tells apart are no points: which of them counts is not known. */
export function trendGroups(rows: readonly TrendRow[]): TrendGroups {
  const reasons = new Map<string, number>()
  const leave = (why: string, count = 1): void => {
    reasons.set(why, (reasons.get(why) ?? 0) + count)
  }
  const usable = rows.filter((row) => {
    const why = unusable(row)
    if (why !== undefined) leave(why)
    return why === undefined
  })
  const alike = grouped(usable, ({ identity }) => keyOf(identity))
    .flatMap((group) => byLength(group, ({ inputTokens }) => inputTokens))
    .flatMap((group) => byLength(group, ({ outputTokens }) => outputTokens))
  const told = alike.flatMap((group) =>
    hasTwins(group)
      ? grouped(
          group.map((row) => ({ ...row, identity: { ...row.identity, cell_id: row.cell } })),
          ({ cell }) => cell,
        )
      : [group],
  )
  const groups = told.flatMap((group): TrendGroup[] => {
    const single = grouped(group, ({ campaign }) => campaign).flatMap((twins) => (twins.length === 1 ? twins : []))
    if (single.length < group.length) leave('several rows of one arm are alike in all that is compared', group.length - single.length)
    const points = single.flatMap(pointOf).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    const [first] = points
    const named = single.find(({ campaign }) => campaign === first?.campaign)
    return named === undefined ? [] : [{ identity: named.identity, points }]
  })
  return {
    groups: groups.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    leftOut: [...reasons].map(([why, count]) => ({ why, rows: count })).sort((a, b) => (a.why < b.why ? -1 : 1)),
  }
}

/** Concurrency by number, the lengths last: two groups may differ in them only. */
function sortKey({ identity, points: [first] }: TrendGroup): string {
  const padded = (value: number | undefined): string => (value ?? 0).toFixed(3).padStart(16, '0')
  const { concurrency, ...others } = identity
  return `${keyOf(others)} ${padded(concurrency)} ${padded(first?.mean_input_tokens)} ${padded(first?.mean_output_tokens)}`
}
