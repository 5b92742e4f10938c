/** What NVIDIA's `nsys stats` printed of a real export, and how it compares with what our commands say. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { HostSummary } from '#formats/host-summary.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { MemoryOperation, TimelineSummary } from '#formats/timeline-summary.ts'
import { Checks, type Comparison } from './checks.ts'
import { listShared } from './shared-data.ts'

interface VendorRow {
  readonly name: string
  readonly count: number
  readonly totalNs: number
  readonly minNs: number
  readonly medianNs: number
  readonly maxNs: number
}

type OurRow = Omit<VendorRow, 'name'>

const reports = { kernels: 'cuda_gpu_kern_sum', api: 'cuda_api_sum', memory: 'cuda_gpu_mem_time_sum' } as const

/** RFC 4180 cells; our own reader of these files is not used: it would be judged by itself. */
function cells(line: string): string[] {
  return [...line.matchAll(/("((?:[^"]|"")*)"|[^,]*)(?:,|$)/g)]
    .slice(0, -1)
    .map(([, whole = '', quoted]) => quoted?.replaceAll('""', '"') ?? whole)
}

/** Undefined where the vendor's tool printed nothing: an abstention, not zero. */
function vendorRows(text: string): VendorRow[] | undefined {
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '')
  const titles = cells(head)
  const column = (...names: string[]): number => titles.findIndex((title) => names.includes(title))
  const at = {
    totalNs: column('Total Time (ns)'),
    count: column('Num Calls', 'Instances', 'Count'),
    medianNs: column('Med (ns)'),
    minNs: column('Min (ns)'),
    maxNs: column('Max (ns)'),
    name: column('Name', 'Operation'),
  }
  if (head === '') return undefined
  if (Object.values(at).includes(-1)) throw new Error(`columns of the vendor's summary: ${head}`)
  return lines.map((line) => {
    const row = cells(line)
    const figure = (index: number): number => Number(row[index])
    return {
      name: row[at.name] ?? '',
      count: figure(at.count),
      totalNs: figure(at.totalNs),
      minNs: figure(at.minNs),
      medianNs: figure(at.medianNs),
      maxNs: figure(at.maxNs),
    }
  })
}

const figures = ['count', 'totalNs', 'minNs', 'medianNs', 'maxNs'] as const

const text = (row: { readonly [K in (typeof figures)[number]]?: number | undefined } | undefined): string =>
  figures.map((figure) => `${figure} ${row?.[figure] ?? 'absent'}`).join(', ')

/** Rows are compared as multisets per name: a name may stand for several rows in either. */
function compareRows(checks: Checks, what: string, ours: ReadonlyMap<string, OurRow>, theirs: readonly VendorRow[]): void {
  const names = new Set(theirs.map(({ name }) => name))
  for (const row of theirs)
    for (const figure of figures) checks.equal(`${what} ${row.name} ${figure}`, ours.get(row.name)?.[figure], row[figure])
  for (const [name, row] of ours) if (!names.has(name)) checks.wrong(`${what} ${name}: ours ${text(row)}, the vendor has none`)
}

/** The vendor's tool joins the rows of event class 67 as calls of their own: each name twice. Ours must be one of its rows. */
function compareDoubled(checks: Checks, ours: ReadonlyMap<string, OurRow>, theirs: readonly VendorRow[]): void {
  for (const [name, row] of ours) {
    const candidates = theirs.filter((each) => each.name === name)
    if (candidates.some((each) => text(each) === text(row))) checks.checked += figures.length
    else checks.wrong(`api ${name}: ours ${text(row)}, vendor ${candidates.map(text).join(' or ')}`)
  }
  checks.equal('api rows, each twice for the vendor', theirs.length, ours.size * 2)
}

const operationName = ({ operation, direction }: MemoryOperation): string =>
  operation === 'memset'
    ? '[CUDA memset]'
    : `[CUDA memcpy ${(direction ?? '').replace(/(^|-)(?!to)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase())}]`

/** The vendor strips version suffixes of four digits only (nsys 2023.4); ours have none, nor the `_v2` that some functions carry. */
const withoutSuffix = (name: string): string => name.replace(/(_v\d+)+$/, '')

function apiRows(host: HostSummary | undefined): ReadonlyMap<string, OurRow> {
  return new Map((host?.calls ?? []).map((call) => [call.name, call]))
}

export interface VendorComparison extends Comparison {
  /** Summaries that the vendor's tool left empty. */
  readonly abstentions: number
}

/** `name` is the base name of the export. */
export function compareWithVendor(name: string, timeline: TimelineSummary, kernels: KernelSummary): VendorComparison {
  const checks = new Checks()
  let abstentions = 0
  const summaries = listShared('nsys-stats-csv')
  for (const [what, report] of Object.entries(reports)) {
    const path = summaries.find((each) => basename(each) === `${name.replace(/\.sqlite$/, '')}_${report}.csv`)
    const theirs = path === undefined ? undefined : vendorRows(readFileSync(path, 'utf8'))
    if (path !== undefined && theirs === undefined) abstentions += 1
    if (theirs === undefined) continue
    if (what === 'kernels') compareRows(checks, what, new Map(kernels.kernels.map((row) => [row.name, row as OurRow])), theirs)
    else if (what === 'memory')
      compareRows(checks, what, new Map(timeline.memoryOperations.map((row) => [operationName(row), row])), theirs)
    else {
      const named = theirs.map((row) => ({ ...row, name: withoutSuffix(row.name) }))
      const isDoubled = timeline.losses.some(({ code }) => code === 'repeated-host-calls')
      if (isDoubled) compareDoubled(checks, apiRows(timeline.hostCalls), named)
      else compareRows(checks, what, apiRows(timeline.hostCalls), named)
    }
  }
  return { checked: checks.checked, mismatches: checks.mismatches, abstentions }
}
