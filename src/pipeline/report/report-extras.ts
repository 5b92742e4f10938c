/** What campaigns and bundles both hold for a report: a synthesis, findings, decode budgets, and the peaks of their hardware. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as z from 'zod'
import { type Ceiling, computeCeiling, findHardware, memoryCeiling } from '#analysis/ceilings.ts'
import type { DevicePeaks, ReportSubject } from '#analysis/report/report-subject.ts'
import { isSextantError } from '#base/errors.ts'
import type { CampaignVerdict } from '#formats/campaign.ts'
import { decodeBudgetSchema } from '#formats/decode-budget.ts'
import { ledgerSchema } from '#formats/ledger.ts'
import type { SourceReference } from '#formats/source.ts'
import { synthesisSchema } from '#formats/synthesis.ts'
import { loadDeviceNames, loadShippedCeilings } from '#pipeline/ceilings.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'
import { readFindings } from '#store/findings/findings-file.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The matrix units’ types in the order of a roofline, widest first. */
const dtypes = ['tf32', 'bf16', 'fp8', 'nvfp4'] as const

/** What a report reads beside the cells, with its sources and what could not be read. */
export class Extras {
  readonly sources: SourceReference[] = []
  readonly notes: string[] = []
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  json<T>(place: string, schema: z.ZodType<T>): T | undefined {
    const read = readJsonFile(join(this.folder, place), place, schema)
    if (read.state === 'unreadable') this.notes.push(`${place} ${read.reason}: not used`)
    if (read.state !== 'read') return undefined
    this.sources.push({ path: place, sha256: sha256(read.text) })
    return read.value
  }

  names(place: string): string[] {
    const path = join(this.folder, place)
    try {
      return existsSync(path) ? readdirSync(path).sort() : []
    } catch {
      return []
    }
  }
}

/** Peaks by hardware name, asked once each; unknown names have none. */
export function peaksOf(configRoot: string): ReportSubject['peaks'] {
  const { ceilings } = loadShippedCeilings(configRoot)
  const names = loadDeviceNames(configRoot)
  const known = new Map<string, DevicePeaks | undefined>()
  return (given) => {
    if (!known.has(given)) known.set(given, find(given))
    return known.get(given)
  }
  function find(given: string): DevicePeaks | undefined {
    try {
      const { hardware } = findHardware(ceilings, names, given)
      const memory = memoryCeiling(hardware)
      return {
        name: hardware.name,
        ...(memory === undefined ? {} : { memory }),
        compute: dtypes.flatMap((dtype) => {
          const ceiling = computeCeiling(hardware, dtype)
          return ceiling === undefined ? [] : [{ dtype, ceiling }]
        }),
        perSecond: ({ baseValue }: Ceiling) => (baseValue === undefined ? undefined : baseValue / hardware.devicesPerEntry),
      }
    } catch (error) {
      if (isSextantError(error)) return undefined
      throw error
    }
  }
}

/** The newest synthesis by its name, which begins with a time. */
export function newestSynthesis(extras: Extras): ReportSubject['synthesis'] {
  const name = extras
    .names('findings')
    .filter((each) => /^synthesis-.*\.json$/.test(each))
    .at(-1)
  return name === undefined ? undefined : extras.json(`findings/${name}`, synthesisSchema)
}

/** The ledger's rows with their outcomes; the syntheses of the folder are read as they are. */
export function ledgerIn(extras: Extras): ReportSubject['ledger'] {
  return extras.json('findings/ledger.json', ledgerSchema)?.rows ?? []
}

const places = ['.', 'profiles', 'findings', 'raw']

/** Every decode-budget/1 of the folder and of its cells, by what it says it is and not by its name alone. */
export function decodeBudgets(extras: Extras, cells: readonly string[]): ReportSubject['budgets'] {
  const all = [...places.map((place) => [place, ''] as const), ...cells.map((cell) => [`cells/${cell}`, cell] as const)]
  return all.flatMap(([place, cell]) =>
    extras
      .names(place)
      .filter((each) => /decode[-_]budget.*\.json$/.test(each))
      .flatMap((each) => {
        const path = place === '.' ? each : `${place}/${each}`
        const budget = extras.json(path, decodeBudgetSchema)
        return budget === undefined ? [] : [{ name: cell === '' ? each.replace(/\.json$/, '') : cell, budget }]
      }),
  )
}

/** Of findings/findings.yaml; one that cannot be read is named and not used. */
export function findingsIn(extras: Extras): ReportSubject['findings'] {
  const place = 'findings/findings.yaml'
  const path = join(extras.folder, place)
  if (!existsSync(path)) return []
  try {
    const { findings } = readFindings(path, place)
    extras.sources.push({ path: place, sha256: sha256(readFileSync(path, 'utf8')) })
    return findings
  } catch (error) {
    if (!isSextantError(error)) throw error
    extras.notes.push(`${error.message}: not used`)
    return []
  }
}

/** The rules that make verdict.json one (facts/formats.md section 8); not met, it is a draft. */
export function meetsVerdictRules(verdict: CampaignVerdict | undefined): boolean {
  if (verdict?.tier !== 'verdict') return false
  const isTimed = verdict.decode_metric === 'tpot' || verdict.decode_metric === 'itl'
  return (
    (verdict.trials ?? 0) >= 3 &&
    verdict.same_node === true &&
    verdict.baseline_named === true &&
    (verdict.latency_claim !== true || isTimed) &&
    (verdict.which_kernel_claim !== true || (verdict.per_kernel_ref ?? '') !== '')
  )
}
