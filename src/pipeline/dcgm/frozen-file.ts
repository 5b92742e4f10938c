/** A frozen file as input: ours gives the answer that was frozen, others what their means allow. */
import { correlate } from '#analysis/dcgm/correlate.ts'
import { contradictions, frozenOf } from '#analysis/dcgm/frozen-export.ts'
import { correlateFrozen } from '#analysis/dcgm/frozen-import.ts'
import { SextantError } from '#base/errors.ts'
import { loadDcgmFrozen } from '#pipeline/dcgm-frozen.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { hashPath } from '#platform/hashing.ts'
import type { CorrelatedWindow, SharedOptions } from './correlate-window.ts'
import type { CorrelationRequest } from './request.ts'

export async function correlateFrozenFile(path: string, request: CorrelationRequest, shared: SharedOptions): Promise<CorrelatedWindow> {
  const ignored = (
    [
      'bench',
      'start',
      'end',
      'host',
      'uuid',
      'pod',
      'namespace',
      'podLabelSelector',
      'selector',
      'expectedGpus',
      'collectIntervalS',
    ] as const
  ).filter((key) => request[key] !== undefined)
  if (ignored.length > 0)
    throw new SextantError(
      'usage',
      `a frozen file has its window and GPUs already: ${ignored.join(', ')} would be ignored`,
      'Leave them out, or measure again with --url.',
    )
  const frozen = loadDcgmFrozen(path)
  const [name = path] = sourceNames([path])
  const sources = [{ path: name, sha256: await hashPath(path) }, ...shared.sources]
  const options = { ...shared, sources, provenance: { from: 'frozen' as const } }
  const { measurement } = frozen
  if (measurement === undefined) return { correlation: correlateFrozen(frozen, options), frozen }
  // Judged with what was declared when it was frozen: the file's means must be those of its own measurement.
  const { hwKey: _, dtype: __, ...asFrozen } = options
  const expected = request.table === undefined ? frozenOf(measurement, correlate(measurement, asFrozen)) : undefined
  // Keys of two files of ceilings can name one hardware.
  const ownKey = (key: string) => shared.names.fieldKeys.get(key) ?? key
  const isOneKey = expected !== undefined && ownKey(frozen.hw_key) === ownKey(expected.hw_key)
  const problems = expected === undefined ? [] : contradictions(isOneKey ? { ...frozen, hw_key: expected.hw_key } : frozen, expected)
  if (problems.length > 0)
    throw new SextantError(
      'corrupt_file',
      `${path} contradicts itself: ${problems.join('; ')}`,
      'Somebody edited it: restore the file, or delete its key `measurement` to use the edited means.',
      { problems },
    )
  const captured = frozen.captured_at === undefined ? {} : { captured_at: frozen.captured_at }
  return { correlation: correlate(measurement, { ...options, provenance: { ...options.provenance, ...captured } }), frozen }
}
