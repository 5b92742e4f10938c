/**
 * Coordinates of a kernel lever: carried from the deployment as given, and what they say of a win. A win over a baseline of strictly lower H
 * or R is a DRAFT (facts/formats.md, section 9): a kernel that beat a generic Triton one lost 1.51 times to the one that served.
 */
import type { DeploymentFile } from '#formats/deployment.ts'
import type { Krhpa } from '#formats/krhpa.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import { canonicalKernelName, isBareName } from '#model/kernel-identity/canonical-name.ts'

/** What was given for this lever; undefined where nothing was. */
export function krhpaOf(leverId: string, deployment: DeploymentFile | undefined): Krhpa | undefined {
  const given = deployment?.krhpa?.find(({ lever }) => lever === leverId)
  return given === undefined ? undefined : { candidate: given.candidate, baseline: given.baseline }
}

/** People leave arguments of templates out, and long names are cut for reading: then the function's own name must do. */
function isSame(given: string, serving: string): boolean {
  const isWhole = (name: string): boolean => !name.endsWith('…') && !isBareName(canonicalKernelName(name))
  if (isWhole(given) && isWhole(serving)) return canonicalKernelName(given) === canonicalKernelName(serving)
  return functionOf(given) === functionOf(serving)
}

/** Before its arguments and behind its return type. */
const functionOf = (name: string): string => (name.split(/[<({[…]/, 1)[0] ?? '').trim().split(/\s+/).at(-1)?.toLowerCase() ?? ''

/** Why a win of this row stays a DRAFT whatever its trial says; undefined where nothing of the coordinates stands against it. */
export function unfairBaseline({ type, krhpa, change }: Pick<LedgerRow, 'type' | 'krhpa' | 'change'>): string | undefined {
  if (type !== 'kernel') return undefined
  if (krhpa === undefined) return 'the K/R/H/P/A coordinates of candidate and baseline are not given (krhpa of the deployment)'
  const { candidate, baseline } = krhpa
  const serving = change.kernel?.baseline
  if (serving !== undefined && !isSame(baseline.name, serving)) {
    return `the baseline ${baseline.name} is not the kernel that serves, ${serving}`
  }
  const lower = (['H', 'R'] as const).filter((of) => baseline[of] < candidate[of])
  if (lower.length === 0) return undefined
  const axes = lower.map((of) => `${of}${baseline[of]} against ${of}${candidate[of]}`).join(', ')
  return `the baseline ${baseline.name} has a lower ${lower.join(' and ')} than the candidate (${axes}): a win over it is no win over production`
}

export const coordinateText = ({ K, R, H, P, A, name }: Krhpa['candidate']): string => `${name} (K${K}/R${R}/H${H}/P${P}/A${A})`
