/**
 * Gate 0: a CUDA 12 image on a CUDA 13 driver gives zero kernels to every CUPTI client (facts/nsys.md section 12; methodology rule 6).
 * Not permissions, not a missing library: no hygiene fixes it, so it is asked first.
 */
import type { Capture } from '#model/capture.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceRows, launchCalls } from './observed.ts'

const FIX =
  'Capture from an image whose CUDA major version equals the driver’s (a CUDA 13 image on a 13.x driver, e.g. launch-wrapped with its ' +
  'nsys 2026.x), or use a profiler that is not a CUPTI client (zymtrace); check with `nvidia-smi` against `nvcc --version`.'

const CUPTI_TEXT = /CUPTI_ERROR_\w+|CUDA versions\. CUPTI\/Runtime\/Driver[^\n]*|CUDA driver version .* is not supported[^\n]*/i
/** nsys also says so of processes that use no CUDA at all: evidence only where the host did launch. */
const WEAK_TEXT = /CUDA profiling might have not been started correctly|No CUDA events collected/i
/** nsys prints `CUDA versions. CUPTI/Runtime/Driver: 12.9/12.9/13.0` and, elsewhere, integers like 13000. */
const VERSION_LINE = /CUPTI\/Runtime\/Driver\D*([\d.]+)\D+([\d.]+)\D+([\d.]+)/

/** Oldest display driver of each CUDA major (CUDA Toolkit release notes, table of driver versions). */
const DRIVER_BRANCHES = [
  [580, 13],
  [525, 12],
  [450, 11],
] as const

/** CUDA major of `12.9`, `12090` or a display driver `580.65.06`; undefined for anything else. */
export function cudaMajor(version: string | undefined): number | undefined {
  const number = Number.parseFloat(version ?? '')
  if (!Number.isFinite(number) || number <= 0) return undefined
  if (number >= 1000) return Math.floor(number / 1000)
  if (number < 100) return Math.floor(number)
  return DRIVER_BRANCHES.find(([branch]) => number >= branch)?.[1]
}

interface Majors {
  readonly toolkit: number
  readonly driver: number
  readonly evidence: string
}

/** nsys names the CUPTI library by CUDA version (12.8); kineto's `cupti_version` counts releases (26) and says no major. */
function cuptiMajor(version: string | undefined): number | undefined {
  return version?.includes('.') === true ? cudaMajor(version) : undefined
}

/** The versions on both sides, from the capture's facts or from the profiler's own version line. */
function versionsOf({ facts, diagnostics }: Capture): Majors | undefined {
  const toolkit = cudaMajor(facts['cuda-runtime']) ?? cuptiMajor(facts['cupti'])
  const driver = cudaMajor(facts['cuda-driver']) ?? cudaMajor(facts['driver-version'])
  if (toolkit !== undefined && driver !== undefined) {
    const evidence = `CUDA runtime or CUPTI ${facts['cuda-runtime'] ?? facts['cupti']}, driver ${facts['cuda-driver'] ?? facts['driver-version']}`
    return { toolkit, driver, evidence }
  }
  for (const { text } of diagnostics) {
    const match = VERSION_LINE.exec(text)
    const lineToolkit = cudaMajor(match?.[2])
    const lineDriver = cudaMajor(match?.[3])
    if (match !== null && lineToolkit !== undefined && lineDriver !== undefined) {
      return { toolkit: lineToolkit, driver: lineDriver, evidence: text }
    }
  }
  return undefined
}

function check(context: GateContext) {
  const { capture } = context
  if (capture.timeline === undefined) return cannotTell('the capture holds no timeline')
  const rows = deviceRows(context)
  if (rows > 0) return pass()
  const launches = launchCalls(context)
  const quoted = (pattern: RegExp): string[] => capture.diagnostics.flatMap(({ text }) => pattern.exec(text)?.[0] ?? [])
  const weak = quoted(WEAK_TEXT)
  const evidence = launches === undefined || launches === 0 ? quoted(CUPTI_TEXT) : [...quoted(CUPTI_TEXT), ...weak]
  const versions = versionsOf(capture)
  if (versions !== undefined && versions.toolkit !== versions.driver) {
    const reason = `no device row, and the CUDA major versions differ: toolkit ${versions.toolkit}, driver ${versions.driver} (CUPTI version skew)`
    return fail(reason, FIX, [...new Set([versions.evidence, ...evidence])])
  }
  if (evidence.length > 0) return fail('no device row, and the profiler says that CUPTI did not start', FIX, [...new Set(evidence)])
  const agree = versions === undefined ? 'the capture names no CUDA versions' : `the CUDA versions agree (${versions.evidence})`
  if (launches === undefined || launches === 0) {
    const said = weak[0] === undefined ? '' : `; the profiler says "${weak[0]}", as it does of a process without CUDA`
    return cannotTell(`no device row and no counted launch, so CUPTI may have had nothing to record; ${agree}${said}`)
  }
  return cannotTell(`${launches} launches and no device row, which CUPTI version skew causes too; ${agree}: ask the profiler’s log`)
}

export const cuptiInitialised: Gate = {
  id: 'cupti-initialised',
  title: 'The device tracer started',
  needs: ['correlation', 'host-calls'],
  asks: 'any',
  check,
}
