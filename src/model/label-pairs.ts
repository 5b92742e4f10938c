/** Label sets of a dump in columns: a large cluster has a million of them, and an object each is what costs. */
import { type Labels, parseLabels } from './metric-samples.ts'

/** Texts by their id, 0 to `length - 1`. An array of strings is one. */
export interface Texts {
  readonly length: number
  at(id: number): string | undefined
}

/** Pairs of label set `s` are rows `start[s]` to `start[s + 1]`; names differ within a set, and equal texts have one id. */
export interface LabelPairs {
  readonly names: readonly string[]
  readonly values: Texts
  /** One more entry than label sets. */
  readonly start: Uint32Array
  /** Index into `names`. */
  readonly name: Uint32Array
  /** Index into `values`. */
  readonly value: Uint32Array
  /** Label sets whose text is no list of labels: they have no pairs. */
  readonly unreadable: ReadonlySet<number>
}

/** As `parseLabels` gives them; empty for a set that cannot be read. */
export function labelsAt({ names, values, start, name, value }: LabelPairs, set: number): Labels {
  const labels: Record<string, string> = {}
  const end = start[set + 1] ?? 0
  for (let row = start[set] ?? end; row < end; row++) labels[names[name[row] ?? -1] ?? ''] = values.at(value[row] ?? -1) ?? ''
  return labels
}

/** Pairs of a few texts, read one by one. */
export function pairsOf(texts: readonly string[]): LabelPairs {
  const [names, values] = [new Map<string, number>(), new Map<string, number>()]
  const start = [0]
  const name: number[] = []
  const value: number[] = []
  const unreadable = new Set<number>()
  for (const [set, text] of texts.entries()) {
    const labels = parseLabels(text)
    if (labels === undefined) unreadable.add(set)
    for (const [label, given] of Object.entries(labels ?? {})) {
      name.push(idOf(names, label))
      value.push(idOf(values, given))
    }
    start.push(name.length)
  }
  const columns = { start: Uint32Array.from(start), name: Uint32Array.from(name), value: Uint32Array.from(value) }
  return { names: [...names.keys()], values: [...values.keys()], ...columns, unreadable }
}

function idOf(ids: Map<string, number>, text: string): number {
  const known = ids.get(text)
  if (known !== undefined) return known
  ids.set(text, ids.size)
  return ids.size - 1
}
