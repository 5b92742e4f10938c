/** `findings/ledger.json` of bundles: read, written with the page of the synthesis beside it, and every change a version of the layer. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { type Ledger, ledgerSchema } from '#formats/ledger.ts'
import { fileError } from '#platform/access.ts'
import { withLock, writeWhole } from '#platform/files.ts'
import { addToBundle } from '#store/bundle/bundle.ts'
import { systemPath } from '#store/bundle/paths.ts'

export const LEDGER = 'findings/ledger.json'

/** Undefined where the bundle has none yet. @param shown the bundle as the caller named it. */
export function readLedger(folder: string, shown: string): Ledger | undefined {
  const path = systemPath(folder, LEDGER)
  if (!existsSync(path)) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(`${shown}/${LEDGER}`, error)
  }
  return parseLedger(text, `${shown}/${LEDGER}`)
}

function parseLedger(text: string, shown: string): Ledger {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(shown, 'it is not JSON', error)
  }
  const parsed = ledgerSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw damaged(shown, parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; '))
}

const damaged = (shown: string, problem: string, cause?: unknown): SextantError =>
  new SextantError(
    'corrupt_file',
    `${shown} is damaged: ${problem}`,
    'Restore a version of it from versions/ in the bundle.',
    { problem },
    cause,
  )

/**
 * Changes a bundle's ledger under its lock; what `change` returns is written, with `files` (place inside `findings/` to text) beside it.
 * Undefined from `change` writes nothing.
 */
export async function changeLedger(
  folder: string,
  shown: string,
  nowUtc: string,
  change: (before: Ledger | undefined) => { readonly ledger: Ledger; readonly files?: Readonly<Record<string, string>> } | undefined,
): Promise<string[]> {
  const written = await withLock(join(folder, 'findings', 'ledger'), () => {
    const next = change(readLedger(folder, shown))
    if (next === undefined) return []
    const files = { ...next.files, [LEDGER]: jsonText(ledgerSchema.parse(next.ledger)) }
    for (const [place, text] of Object.entries(files)) writeWhole(systemPath(folder, place), text)
    return Object.keys(files).sort()
  })
  if (written.length > 0) await addToBundle(folder, shown, [], nowUtc)
  return written
}

export interface FoundLedger {
  /** Of the bundle, relative to the root of the experiments. */
  readonly shown: string
  readonly path: string
  readonly ledger: Ledger
}

/** Every bundle's ledger below the root of the experiments, sorted by place. One that is damaged is an error: a record must be whole. */
export function ledgersBelow(root: string): FoundLedger[] {
  const artifacts = join(root, 'experiments', 'artifacts')
  return foldersOf(artifacts).flatMap((family) =>
    foldersOf(join(artifacts, family)).flatMap((run) => {
      const folder = join(artifacts, family, run)
      const shown = `experiments/artifacts/${family}/${run}`
      const ledger = existsSync(join(folder, 'manifest.json')) ? readLedger(folder, shown) : undefined
      return ledger === undefined ? [] : [{ shown, path: join(folder, LEDGER), ledger }]
    }),
  )
}

function foldersOf(path: string): string[] {
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => !name.startsWith('.') && statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .sort()
}
