/** What must add up, audited: parts of a step, of a device’s span, bytes of counted kernels against the device’s total. */
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import type { SourceTolerances } from '#formats/source-tolerances.ts'
import type { ConservationRow, ReconciliationRow } from '#formats/synthesis.ts'

export function audit(
  evidence: Evidence,
  readings: Readings,
  rows: readonly ReconciliationRow[],
  tolerances: SourceTolerances,
): ConservationRow[] {
  const rounding = tolerances.timeSums.value
  return [
    ...stepAudits(readings, rounding),
    ...spanAudits(readings, rounding),
    ...bytesAudit(evidence, rows, tolerances),
    ...sharesAudit(readings),
  ]
}

function row(law: string, whole: number, parts: number, toleranceRatio: number): ConservationRow {
  const residual = whole - parts
  const state = Math.abs(residual) <= toleranceRatio * Math.abs(whole) + Number.MIN_VALUE ? 'holds' : 'broken'
  return { law, whole, parts, residual, toleranceRatio, state }
}

function stepAudits({ budget }: Readings, rounding: number): ConservationRow[] {
  return (budget?.output.devices ?? []).flatMap(({ device, capture, parts, cadenceNs }) => {
    if (parts === undefined || cadenceNs === undefined) return []
    const sum = Object.values(parts).reduce((total, { meanNs }) => total + meanNs, 0)
    return [row(`parts of a step sum to its cadence (device ${device} of capture ${capture}, mean ns)`, cadenceNs.meanNs, sum, rounding)]
  })
}

function spanAudits({ timed }: Readings, rounding: number): ConservationRow[] {
  return timed.flatMap(({ name, timeline }) =>
    (timeline?.output.devices ?? []).map(({ device, spanNs, overlap }) => {
      const { computeOnlyNs, communicationExposedNs, communicationHiddenNs, copyExposedNs, copyHiddenNs } = overlap
      const { otherMixtureNs, graphOpaqueNs, memsetOnlyNs, idleNs } = overlap
      const parts = [
        computeOnlyNs,
        communicationExposedNs,
        communicationHiddenNs,
        copyExposedNs,
        copyHiddenNs,
        otherMixtureNs,
        graphOpaqueNs,
        memsetOnlyNs,
        idleNs,
      ]
      const sum = parts.reduce((total, each) => total + each, 0)
      return row(`busy, overlapped and idle time sum to the span of device ${device} (${name}, ns)`, spanNs, sum, rounding)
    }),
  )
}

/** Bytes per second of the counted kernels in a step, against what the device moved over the window. */
function bytesAudit(
  { step, device, families }: Evidence,
  rows: readonly ReconciliationRow[],
  { memoryBytes, mostlyCounted }: SourceTolerances,
): ConservationRow[] {
  const total = device?.dramBytesPerS
  if (step === undefined || total === undefined) return []
  const counted = rows.filter(({ level, bytesPerStep }) => level === 'kernel' && bytesPerStep !== undefined)
  if (counted.length === 0) return []
  const bytes = counted.reduce((sum, { bytesPerStep }) => sum + (bytesPerStep?.value ?? 0), 0)
  const time = counted.reduce((sum, { timeNsPerStep }) => sum + (timeNsPerStep?.value ?? 0), 0)
  const all = families.reduce((sum, { nsPerStep, role }) => sum + (role === 'communication' || role === 'copy' ? 0 : nsPerStep.value), 0)
  const law = 'bytes of counted kernels sum to the device’s DRAM traffic (bytes/s of one GPU)'
  const audited = row(law, total.value, (bytes / step.cadenceNs.value) * 1e9, memoryBytes.value)
  const covered = all === 0 ? 0 : Math.min(1, time / all)
  if (covered >= mostlyCounted.value && (step.mixedStepRatio?.value ?? 0) === 0) return [audited]
  const why =
    covered < mostlyCounted.value
      ? `counters cover ${Math.round(covered * 100)} % of the kernel time: the rest moved bytes too`
      : 'the window holds steps with prompts, whose bytes were not counted'
  return [{ ...audited, state: 'cannot-tell', why }]
}

/** Shares of samples with what was not listed are one whole. */
function sharesAudit({ samples }: Readings): ConservationRow[] {
  const shares = samples?.output.samples
  if (samples === undefined || shares === undefined || shares.total <= 0) return []
  const listed = samples.output.families.reduce((sum, { samples: own = 0 }) => sum + own, 0)
  return [
    {
      ...row('samples of the listed kernels sum to all GPU samples', shares.total, listed, 1),
      ...(listed > shares.total ? { state: 'broken' as const } : {}),
      ...(listed < shares.total ? { why: `${shares.total - listed} samples are of frames that are not listed` } : {}),
    },
  ]
}
