/** What holds where nothing is set: the defaults of configs/engine-knobs.yaml with their versions and conditions. */
import type { KnobDefault } from '#formats/engine-knobs.ts'
import type { KnobValue } from './spelling.ts'
import { type Answer, within } from './version.ts'

/** What conditions ask of the deployment. `undefined`: not known. */
export interface Surroundings {
  readonly version: string | undefined
  readonly computeCapability: string | undefined
  readonly tensorParallel: number | undefined
  readonly model: 'dense' | 'moe' | undefined
  /** Value in force of another knob. */
  inForce(knob: string): KnobValue | undefined
}

const not = (answer: Answer): Answer => (answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'unknown')

function both(answers: readonly Answer[]): Answer {
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}

const either = (answers: readonly Answer[]): Answer => not(both(answers.map(not)))

/** `10` is 10.0 and 10.3; `9.0` is itself. */
const isCapability = (given: string, wanted: string): boolean => (wanted.includes('.') ? given === wanted : given.split('.')[0] === wanted)

function capability(around: Surroundings, wanted: readonly string[]): Answer {
  const given = around.computeCapability
  return given === undefined ? 'unknown' : wanted.some((each) => isCapability(given, each)) ? 'yes' : 'no'
}

function inForce(around: Surroundings, wanted: Readonly<Record<string, readonly KnobValue[]>>): Answer {
  return either(
    Object.entries(wanted).map(([knob, values]) => {
      const value = around.inForce(knob)
      if (value === undefined) return 'unknown'
      return values.includes(value) || (values.includes('*') && value !== 'none') ? 'yes' : 'no'
    }),
  )
}

function holds({ since, until, when = {} }: KnobDefault, around: Surroundings): Answer {
  const answers: Answer[] = [within(around.version, { since, until })]
  const { tensorParallel } = around
  const size = (is: (ranks: number) => boolean): Answer => (tensorParallel === undefined ? 'unknown' : is(tensorParallel) ? 'yes' : 'no')
  const { tensorParallelFrom: least, tensorParallelUpTo: most } = when
  if (least !== undefined) answers.push(size((ranks) => ranks >= least))
  if (most !== undefined) answers.push(size((ranks) => ranks <= most))
  if (when.computeCapability !== undefined) answers.push(capability(around, when.computeCapability))
  if (when.notComputeCapability !== undefined) answers.push(not(capability(around, when.notComputeCapability)))
  if (when.model !== undefined) answers.push(around.model === undefined ? 'unknown' : around.model === when.model ? 'yes' : 'no')
  if (when.set !== undefined) answers.push(inForce(around, when.set))
  if (when.notSet !== undefined) answers.push(not(inForce(around, when.notSet)))
  return both(answers)
}

/** The default that holds, or undefined: none does, or those that may hold differ. */
export function defaultValue(defaults: readonly KnobDefault[], around: Surroundings): KnobValue | undefined {
  const possible = new Set<KnobValue>()
  for (const each of defaults) {
    const answer = holds(each, around)
    if (answer === 'no') continue
    possible.add(each.value)
    if (answer === 'yes') return possible.size === 1 ? each.value : undefined
  }
  return undefined
}
