/** Tolerances by metric, with overrides as people type them. */
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import type { TolerancesFile } from '#formats/tolerances.ts'

export interface Tolerance {
  readonly tolerance: number
  readonly kind: 'percent' | 'points'
  readonly worse: 'lower' | 'higher' | 'either'
}

export interface Tolerances {
  /** Without a concurrency: of a family that has none. */
  readonly headline: { readonly metric: string; readonly concurrency?: number }
  /** Undefined for metrics without a tolerance. Members of an open map (`kernel_class_gpu_pct.fp8_bmm`) fall back to the map's. */
  of(metric: string): Tolerance | undefined
}

/** `5`, `5%`, `5 %`, `5pp`, `5 points`. A unit that contradicts the metric's kind is a mistake. */
function amountOf(text: string, metric: string, kind: Tolerance['kind']): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(%|pp|points?)?\s*$/.exec(text)
  const amount = Number(match?.[1])
  const unit = match?.[2] === undefined ? undefined : match[2] === '%' ? 'percent' : 'points'
  if (match === null || !Number.isFinite(amount)) throw wrong(`tolerance of ${metric}: "${text}" is no number of ${kind}`)
  if (unit !== undefined && unit !== kind)
    throw wrong(`the tolerance of ${metric} is in ${kind === 'points' ? 'points of a rate' : 'percent'}, not "${text.trim()}"`)
  return amount
}

const wrong = (message: string): SextantError =>
  new SextantError('usage', message, 'Write --tolerance.METRIC VALUE, for example --tolerance.tps 5% or --tolerance.cpu_spinpoll_pct 4.')

/** @param overrides `METRIC=VALUE`, the metric by its name or a short one. Throws `usage` for a metric that has no tolerance. */
export function compileTolerances(file: TolerancesFile, overrides: readonly string[] = []): Tolerances {
  const known = new Map<string, Tolerance>(
    Object.entries(file.metrics).map(([metric, { tolerance, kind, worse }]) => [metric, { tolerance, kind, worse }]),
  )
  const full = new Map(Object.entries(file.metrics).flatMap(([metric, { short }]) => [metric, ...short].map((name) => [name, metric])))
  const of = (metric: string): Tolerance | undefined => known.get(metric) ?? known.get(metric.split('.')[0] ?? '')
  for (const override of overrides) {
    const at = override.indexOf('=')
    const spelled = (at < 0 ? override : override.slice(0, at)).trim()
    const [first = '', ...rest] = spelled.split('.')
    const head = first.replaceAll('-', '_')
    const metric = [full.get(head) ?? head, ...rest].join('.')
    const tolerance = of(metric)
    if (at < 0 || tolerance === undefined) {
      const near = nearName(head, [...full.keys()])
      throw wrong(`no metric "${spelled}" has a tolerance${near === undefined ? '' : `: did you mean ${near}?`}`)
    }
    known.set(metric, { ...tolerance, tolerance: amountOf(override.slice(at + 1), metric, tolerance.kind) })
  }
  return { headline: file.headline, of }
}
