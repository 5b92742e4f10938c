/** Work of the matrix units, from counters that overlap each other: a total, its sparse part, its parts by instruction and by group. */
import type { CounterRole, ElementType } from '#model/counter-role.ts'
import type { CounterRow, Found } from './counter-row.ts'

type TensorRole = Extract<CounterRole, { of: 'tensor-operations' }>

export interface TensorWork {
  /** One type, or the group that nothing tells apart: `fp16_bf16_tf32`. */
  readonly type: string
  readonly elements: readonly ElementType[]
  readonly operations: number
  /** Of `operations`, those that count against the sparse peak; absent = not known apart. */
  readonly sparseOperations?: number
  /** Only the dense or only the sparse part was collected. */
  readonly isLowerBound: boolean
}

interface Amount {
  readonly total: number
  readonly sparse?: number
  readonly isLowerBound: boolean
}

/** `all` where it was collected, else `on` + `off`: never all three. */
function amountOf(found: readonly Found<TensorRole>[]): Amount | undefined {
  const part = (sparsity: TensorRole['sparsity']) => found.find(({ role }) => role.sparsity === sparsity)?.value
  const [all, on, off] = [part('all'), part('on'), part('off')]
  const sparse = on ?? (all !== undefined && off !== undefined ? Math.max(0, all - off) : undefined)
  const known = sparse === undefined ? {} : { sparse }
  if (all !== undefined) return { total: all, ...known, isLowerBound: false }
  if (on === undefined && off === undefined) return undefined
  return { total: (on ?? 0) + (off ?? 0), ...known, isLowerBound: on === undefined || off === undefined }
}

/** Parts that exclude each other. */
function sumOf(parts: readonly Amount[]): Amount | undefined {
  if (parts.length === 0) return undefined
  const isSparseKnown = parts.every(({ sparse }) => sparse !== undefined)
  return {
    total: parts.reduce((sum, { total }) => sum + total, 0),
    ...(isSparseKnown ? { sparse: parts.reduce((sum, { sparse = 0 }) => sum + sparse, 0) } : {}),
    isLowerBound: parts.some(({ isLowerBound }) => isLowerBound),
  }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** The counter without a destination holds those with one. */
function overDestinations(found: readonly Found<TensorRole>[]): Amount | undefined {
  const whole = amountOf(found.filter(({ role }) => role.destination === undefined))
  if (whole !== undefined) return whole
  return sumOf(groupBy(found, ({ role }) => role.destination ?? '').flatMap((group) => amountOf(group) ?? []))
}

/** The counter of all instructions holds those by instruction, of which each operation belongs to one. */
function overInstructions(found: readonly Found<TensorRole>[]): Amount | undefined {
  const whole = overDestinations(found.filter(({ role }) => role.instruction === undefined))
  if (whole !== undefined) return whole
  return sumOf(groupBy(found, ({ role }) => role.instruction ?? '').flatMap((group) => overDestinations(group) ?? []))
}

/**
 * Operations per element type. Counters of single types are taken as they are; a group (`fp16_bf16_tf32`) gives only what its single
 * types leave over, under the names of the types that have no counter of their own. Integer types are among them: operations, no FLOP.
 * Undefined = no counter of the matrix units was collected.
 */
export function tensorWork(row: CounterRow): TensorWork[] | undefined {
  const found = row.totals('tensor-operations')
  if (found.length === 0) return undefined
  const groups = groupBy(found, ({ role }) => role.types.join('_')).sort(
    (a, b) => (a[0]?.role.types.length ?? 0) - (b[0]?.role.types.length ?? 0),
  )
  const work: TensorWork[] = []
  for (const group of groups) {
    const elements = group[0]?.role.types ?? []
    const amount = overInstructions(group)
    if (amount === undefined) continue
    const inside = work.filter((known) => known.elements.every((each) => elements.includes(each)))
    const covered = new Set(inside.flatMap((known) => known.elements))
    const left = elements.filter((each) => !covered.has(each))
    if (inside.length > 0 && left.length === 0) continue
    const total = Math.max(0, amount.total - inside.reduce((sum, { operations }) => sum + operations, 0))
    const isSparseKnown = amount.sparse !== undefined && inside.every(({ sparseOperations }) => sparseOperations !== undefined)
    const sparse = (amount.sparse ?? 0) - inside.reduce((sum, { sparseOperations = 0 }) => sum + sparseOperations, 0)
    work.push({
      type: left.join('_'),
      elements: left,
      operations: total,
      ...(isSparseKnown ? { sparseOperations: Math.min(total, Math.max(0, sparse)) } : {}),
      isLowerBound: amount.isLowerBound,
    })
  }
  return work
}
