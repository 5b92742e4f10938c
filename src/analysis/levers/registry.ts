/** Every lever, in two lists so that two people can add one at a time. The contract suite (registry.test.ts) holds for each. */
import type { Lever } from './lever.ts'
import { leversOfKernels } from './levers-of-kernels.ts'
import { leversOfStep } from './levers-of-step.ts'

export const leverRegistry: readonly Lever[] = [...leversOfStep, ...leversOfKernels]
