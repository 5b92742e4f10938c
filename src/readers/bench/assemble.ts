/** From interpreted documents to a result: one cell per point, trials kept apart, common context lifted. */
import { type BenchCell, type BenchResult, type BenchTool, type ContextField, countOf } from '#model/bench-result.ts'
import { flatten, type JsonObject } from '#readers/json/leaves.ts'
import type { CellBuilder, Meaning } from './cell-builder.ts'
import { contextName } from './context-names.ts'

export type Interpret = (path: readonly string[], value: string | number | boolean) => Meaning | undefined

/** Adds every value of a document to a cell. Returns the dotted keys that nobody knows; lists and nulls are not among them. */
export function addDocument(cell: CellBuilder, document: JsonObject, interpret: Interpret, prefix = ''): string[] {
  const unknown: string[] = []
  for (const { path, value } of flatten(document).leaves) {
    const key = prefix + path.join('.')
    const name = contextName(path.at(-1) ?? '')
    const meaning = interpret(path, value) ?? (name === undefined ? undefined : { as: 'context' as const, name })
    if (meaning === undefined || !cell.add(key, value, meaning)) unknown.push(key)
  }
  return unknown
}

/** Name of the point that a cell measured; equal points become trials of it. */
export function pointOf(cell: CellBuilder, index: number): string {
  if (cell.concurrency !== undefined) return `c${cell.concurrency}`
  if (typeof cell.requestRate === 'number') return `rate-${cell.requestRate}`
  return `cell-${index + 1}`
}

/** Finishes builders in order; the second and later ones of a point are its trials, and so is the first then. */
export function finishCells(builders: readonly CellBuilder[], points?: readonly string[]): BenchCell[] {
  const names = builders.map((cell, index) => points?.[index] ?? pointOf(cell, index))
  const seen = new Map<string, number>()
  const ids = new Set<string>()
  return builders.map((cell, index) => {
    const name = names[index] ?? ''
    const repeats = names.filter((other) => other === name).length
    const trial = (seen.get(name) ?? 0) + 1
    seen.set(name, trial)
    if (repeats > 1) cell.trial ??= trial
    let id = cell.trial === undefined ? name : `${name}-t${cell.trial}`
    for (let more = 2; ids.has(id); more++) id = `${name}-t${cell.trial ?? 1}.${more}`
    ids.add(id)
    return cell.finish(id)
  })
}

function sameField(a: ContextField, b: ContextField): boolean {
  return a.name === b.name && a.value === b.value
}

export interface ResultParts {
  readonly tool: BenchTool
  readonly form: string
  readonly toolVersion?: string
  readonly cells: readonly BenchCell[]
  readonly unknownKeys?: Iterable<string>
}

/** Context that every cell states alike belongs to the result. */
export function assembleResult({ tool, form, toolVersion, cells, unknownKeys = [] }: ResultParts): BenchResult {
  const [first] = cells
  const common = (first?.context ?? []).filter((field) => cells.every(({ context }) => context.some((other) => sameField(field, other))))
  return {
    tool,
    form,
    ...(toolVersion === undefined ? {} : { toolVersion }),
    cells: cells.map((cell) => ({ ...cell, context: cell.context.filter((field) => !common.some((other) => sameField(field, other))) })),
    context: common,
    unknownKeys: [...new Set(unknownKeys)].sort(),
  }
}

/** Requests that completed over all cells, for summaries; undefined where no cell says. */
export function completedIn(cells: readonly BenchCell[]): number | undefined {
  const counts = cells.map((cell) => countOf(cell, 'completed'))
  return counts.every((count) => count === undefined) ? undefined : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}
