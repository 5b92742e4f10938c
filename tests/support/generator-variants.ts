/** Which of the many ways to write a case is tried: chosen by the seed, so that over seeds all are. */
import { Random } from '#base/random.ts'
import type { CaptureFormat, CaseName } from '#sim/cases.ts'
import { kinetoDialects } from '#sim/kineto/dialect.ts'
import { schemaVersions } from '#sim/nsys/schema.ts'
import type { WriteCaseOptions } from '#sim/write-case.ts'

export function anyVariant(name: CaseName, seed: number, format: CaptureFormat): WriteCaseOptions {
  const random = new Random(seed, `variant ${format} ${name}`)
  const pick = <T>(values: readonly [T, ...T[]]): T => values[random.integer(0, values.length - 1)] ?? values[0]
  if (format === 'nsys') return { format, schema: pick(schemaVersions) }
  return { format, dialect: pick(kinetoDialects), gzip: pick([false, true]) }
}
