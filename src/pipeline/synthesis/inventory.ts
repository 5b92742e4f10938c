/** The inventory of a bundle: every file with its kind, whether it proves anything, and what limits it. */
import { countersStanding, dcgmStanding, type Standing, samplesStanding, timedStanding } from '#analysis/synthesis/inventory.ts'
import type { SextantError } from '#base/errors.ts'
import type { InventoryItem, SourceKind } from '#formats/synthesis.ts'
import { namedError } from '#pipeline/named-error.ts'
import { hashPath } from '#platform/hashing.ts'
import type { BundleFile } from './bundle-files.ts'
import type { Declared } from './declared.ts'
import { type GatherContext, type ServingRead, sourceOf } from './read-bundle.ts'
import type { CapturesRead } from './read-captures.ts'
import type { DcgmRead } from './read-dcgm.ts'

export interface InventoryInput {
  readonly files: readonly BundleFile[]
  readonly captures: CapturesRead
  readonly serving: ServingRead
  readonly dcgm: readonly DcgmRead[]
  readonly declared: Declared
  /** Captures that are valid and not read, with why. */
  readonly unused: readonly { readonly file: BundleFile; readonly why: string }[]
}

/** In order of place. */
export async function inventoryOf(context: GatherContext, input: InventoryInput): Promise<InventoryItem[]> {
  const items: InventoryItem[] = []
  for (const file of input.files) {
    if (!context.hashes.has(file.place)) context.hashes.set(file.place, await hashPath(file.path))
    const standing = standingOf(file, input)
    const unused = [...input.unused, ...input.serving.unused].find((each) => each.file === file)
    items.push({
      source: sourceOf(context, file),
      kind: file.kind ?? 'other',
      ...standing,
      reasons: unused === undefined ? standing.reasons : [`not used: ${unused.why}`, ...standing.reasons],
    })
  }
  return items
}

/** Kinds with a valid source. A source whose file is not used is not counted twice, but it is of its kind. */
export function validKinds(inventory: readonly InventoryItem[]): ReadonlySet<SourceKind> {
  return new Set(inventory.flatMap(({ kind, state }) => (state === 'valid' && kind !== 'other' ? [kind] : [])))
}

function standingOf(file: BundleFile, { captures, serving, dcgm, declared }: InventoryInput): Standing {
  const notes = declared.found.get(file.place)
  if (notes !== undefined) return { state: 'valid', reasons: ['says what is deployed', ...notes] }
  const refused = [...captures.refused, ...serving.refused].find((each) => each.file === file)?.error
  const error = declared.broken.get(file.place) ?? refused ?? file.error
  if (error !== undefined) return unusable(file, error)
  const timed = captures.timed.find((each) => each.file === file)
  if (timed?.gates !== undefined) return timedStanding(timed.gates.output)
  const counters = captures.counters.find((each) => each.file === file)
  if (counters !== undefined) return countersStanding(counters.document.output)
  const samples = captures.samples.find((each) => each.file === file)
  if (samples !== undefined) return samplesStanding(samples.document.output)
  const device = dcgm.find((each) => each.file === file)
  if (device !== undefined) return deviceStanding(file, device)
  return servingStanding(file, serving)
}

function deviceStanding(file: BundleFile, read: DcgmRead): Standing {
  if ('error' in read) return unusable(file, read.error)
  return 'unused' in read ? { state: 'valid', tier: 'L3', reasons: [`not used: ${read.unused}`] } : dcgmStanding(read.reading)
}

function servingStanding(file: BundleFile, { bench }: ServingRead): Standing {
  if (file.form !== 'client') return { state: 'valid', reasons: [] }
  const own = bench.find(({ input }) => Array.isArray(input['files']) && input['files'][0] === file.place)
  const cells = own?.output.cells ?? []
  const errors = cells.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error').map(({ text }) => text))
  const isInvalid = cells.length > 0 && cells.every(({ findings }) => findings.some(({ severity }) => severity === 'error'))
  return { state: isInvalid ? 'refused' : 'valid', reasons: [...new Set(errors)] }
}

function unusable({ path, place }: BundleFile, error: SextantError): Standing {
  const { message, hint } = namedError(error, path, place)
  return { state: 'unusable', reasons: [message], fix: hint }
}
