/** nsys: cadence over tokens per step. Clients: time per output token. */
import { slowestDevice } from '#analysis/synthesis/parts/step.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { Compare } from './comparison.ts'

export const stepTime: Compare = ({ evidence, readings, book, tolerances }) => {
  const { step, serving, deployment } = evidence
  const { budget } = readings
  const tpot = serving?.tpotNs
  const index = budget === undefined ? undefined : slowestDevice(budget)
  if (step === undefined || step.overhead !== 'low' || tpot === undefined || budget === undefined || index === undefined) return undefined
  const draws = deployment.knob('spec-tokens')
  const speculates = (serving?.acceptedAt ?? []).length > 0 || ('value' in draws && Number(draws.value) > 0)
  // Without tokens per step, a step of a speculating engine is no token.
  if (speculates && step.tokensPerStep === undefined) return undefined
  const batch = step.batch?.value
  const concurrency = serving?.concurrency?.value
  const replicas = deployment.dataParallel ?? 1
  if (
    batch !== undefined &&
    concurrency !== undefined &&
    Math.abs(batch * replicas - concurrency) > tolerances.equalBatch.value * concurrency
  )
    return undefined
  const cadence = book.cite(budget, jsonPointer('devices', index, 'cadenceNs', 'medianNs'))
  const perToken = step.tokensPerStep === undefined ? cadence : book.derive('ratio', [cadence, step.tokensPerStep])
  if (perToken === undefined) return undefined
  const tokens = step.tokensPerStep?.value ?? 1
  const mixed = step.mixedStepRatio?.value ?? 0
  // A request's mean holds the steps with prompts that it sat through: none of them, or all that there were.
  const withMixed = ((1 - mixed) * step.cadenceNs.value + mixed * (step.mixedCadenceNs?.value ?? 0)) / tokens
  const [low, high] = [Math.min(perToken.value, withMixed), Math.max(perToken.value, withMixed)]
  const outside = tpot.value < low ? tpot.value - low : tpot.value > high ? tpot.value - high : 0
  return {
    id: 'step-time',
    topic: ['step-time', 'serving'],
    says: [
      { source: 'nsys', what: 'cadence of decode steps per token', unit: 'ns', figure: perToken },
      { source: 'bench', what: 'time per output token', unit: 'ns', figure: tpot },
    ],
    difference: outside / perToken.value,
    tolerance: tolerances.stepTime.value,
    toleranceFrom: '10 % of the cadence; with and without the steps that hold prompts',
    likelyCauses:
      outside > 0
        ? [
            'the benchmark ran at another load, batch or length than the trace',
            'requests wait between steps, in the engine or the client',
            'tokens per step are fewer than taken',
          ]
        : [
            'the trace slows the engine down',
            'the benchmark ran at a lighter load than the trace',
            'tokens per step are more than taken: speculation',
          ],
    settledBy: 'a benchmark while the trace is taken, at the same concurrency',
  }
}
