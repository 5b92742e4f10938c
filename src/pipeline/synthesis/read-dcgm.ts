/** The device counters of a bundle: a correlation as it stands, or one computed from frozen means. */
import { readFileSync } from 'node:fs'
import type { DcgmReading } from '#analysis/synthesis/readings.ts'
import { isSextantError, SextantError } from '#base/errors.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import { correlateWindow } from '#pipeline/dcgm/correlate-window.ts'
import { hashPath } from '#platform/hashing.ts'
import type { BundleFile } from './bundle-files.ts'
import { type GatherContext, sourceOf } from './read-bundle.ts'

export type DcgmRead = { readonly file: BundleFile } & (
  | { readonly reading: DcgmReading }
  | { readonly error: SextantError }
  | { readonly unused: string }
)

/**
 * One window is used: a frozen file first, because it is computed again, else a correlation. @param hardware that the deployment names, for
 * frozen files that do not.
 */
export async function readDcgm(context: GatherContext, files: readonly BundleFile[]): Promise<DcgmRead[]> {
  const rank = ({ form }: BundleFile) => (form === 'dcgm-frozen' ? 0 : 1)
  const own = files.filter(({ form }) => form === 'dcgm-frozen' || form === 'dcgm-correlation').toSorted((a, b) => rank(a) - rank(b))
  const reads: DcgmRead[] = []
  for (const file of own) {
    if (reads.some((each) => 'reading' in each)) {
      reads.push({ file, unused: 'another file of the bundle already gives the device counters' })
      continue
    }
    try {
      context.hashes.set(file.place, await hashPath(file.path))
      reads.push({ file, reading: file.form === 'dcgm-frozen' ? await fromFrozen(context, file) : fromCorrelation(context, file) })
    } catch (error) {
      if (!isSextantError(error)) throw error
      reads.push({ file, error })
    }
  }
  return reads
}

async function fromFrozen(context: GatherContext, file: BundleFile): Promise<DcgmReading> {
  const { correlation } = await correlateWindow(
    { configRoot: context.configRoot, env: context.env, path: (given) => given },
    { frozenYaml: file.path },
  )
  return {
    document: {
      command: 'dcgm correlate',
      version: context.version,
      input: { frozenYaml: file.place },
      tier: 'L3',
      artifacts: [sourceOf(context, file)],
      output: { correlation },
    },
    correlation,
    at: '/correlation',
  }
}

/** The file itself is the document: no command of this program would say what another tool computed. */
function fromCorrelation(context: GatherContext, file: BundleFile): DcgmReading {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file.path, 'utf8'))
  } catch (error) {
    throw new SextantError('corrupt_file', `${file.path} is not JSON`, 'Restore it, or correlate again.', {}, error)
  }
  const parsed = dcgmCorrelationSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SextantError(
      'unknown_format',
      `${file.path} is no correlation of this program: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      'Keep dcgm-frozen.yaml beside it: it is computed again.',
    )
  }
  const document = {
    command: 'artifact',
    version: '1',
    input: { file: file.place },
    tier: 'L3' as const,
    artifacts: [sourceOf(context, file)],
    output: value,
  }
  return { document, correlation: parsed.data, at: '' }
}
