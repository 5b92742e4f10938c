/** A deployment by seed and index: which plant or decoy, which captures, what disagrees, and its truth. */
import { Random } from '#base/random.ts'
import type { Decoy } from './decoys.ts'
import { decoys } from './decoys.ts'
import type { CaptureName, Deployment, Disagreement } from './deployment.ts'
import { inherentOf } from './inherent.ts'
import type { Plant } from './plants/plant.ts'
import { plants } from './plants/registry.ts'
import { spinningGroup } from './spinning.ts'
import { runDeployment, stepTimes } from './timeline.ts'
import { type DeploymentTruth, effectOf, groupShares, type PlantedTruth, shareTimesDistance } from './truth.ts'

export interface Generated {
  readonly deployment: Deployment
  readonly truth: DeploymentTruth
  /** The lever applied, where one is planted. */
  readonly mended?: Deployment
}

/** Of the four sources that a picture is made of. */
const sources: readonly CaptureName[] = ['nsys', 'ncu', 'zymtrace', 'dcgm']

/** What a bundle holds: what the plant needs, always two of the four sources, and the rest by chance. */
function chosenCaptures(random: Random, needs: readonly CaptureName[]): ReadonlySet<CaptureName> {
  const chosen = new Set<CaptureName>([...needs, 'deployment', 'bench'])
  for (const name of random.shuffle(sources)) if (random.uniform() < 0.6) chosen.add(name)
  for (const name of random.shuffle(sources)) if (sources.filter((each) => chosen.has(each)).length < 2) chosen.add(name)
  for (const name of ['metrics', 'model-config'] as const) if (random.uniform() < 0.6) chosen.add(name)
  return chosen
}

/** The captures between which each disagreement shows; what a deployment disagrees in by what it is cannot be drawn. */
const between: Readonly<Record<Exclude<Disagreement, 'hot-at-roof' | 'under-recorded'>, readonly CaptureName[]>> = {
  busy: ['nsys', 'dcgm'],
  'sampled-share': ['nsys', 'zymtrace'],
  'tensor-activity': ['nsys', 'ncu', 'dcgm'],
  'step-time': ['nsys', 'bench'],
  clock: ['ncu', 'dcgm'],
  'sm-busy': ['nsys', 'ncu'],
}
const DISAGREEING_RATIO = 0.3

type Drawn = keyof typeof between

function drawnDisagreements(random: Random, deployment: Deployment, unfit: readonly Disagreement[]): Disagreement[] {
  const { captures } = deployment
  const fit = (Object.keys(between) as Drawn[]).filter(
    (name) =>
      !unfit.includes(name) &&
      between[name].every((capture) => captures.has(capture)) &&
      (name !== 'sm-busy' || spinningGroup(deployment) !== undefined),
  )
  return fit.length === 0 || random.uniform() >= DISAGREEING_RATIO ? [] : [random.pick(fit)]
}

function mend(plant: Plant, deployment: Deployment): Deployment {
  return plant.apply(deployment, new Random(deployment.seed, `apply ${plant.id}`))
}

function plantedTruth(plant: Plant, deployment: Deployment): PlantedTruth {
  const plan = runDeployment(deployment)
  const before = [deployment, plan] as const
  const effect = (changed: Deployment) => effectOf(plant.metric, before, [changed, runDeployment(changed)])
  const { turned } = plant
  const changes = turned?.settings(deployment).map(({ setting, deployment: set }): [string, number] => [setting, effect(set).change])
  return {
    plant: plant.id,
    class: plant.class,
    lever: plant.lever,
    beside: plant.beside,
    ...(plant.second === undefined ? {} : { second: plant.second }),
    effect: effect(mend(plant, deployment)),
    ...(turned === undefined || changes === undefined
      ? {}
      : { bySetting: { argument: turned.argument, changes: Object.fromEntries(changes) } }),
    shareTimesDistance: shareTimesDistance(deployment, plan, plant.class),
  }
}

type Base = Omit<DeploymentTruth, 'planted' | 'decoy' | 'never' | 'neverWords' | 'mustAbstain'>

function baseTruth(deployment: Deployment, seed: number, index: number): Base {
  const plan = runDeployment(deployment)
  const times = stepTimes(plan)
  const inherent = inherentOf(deployment, plan, times)
  return {
    schema: 'sim-deployment-truth/1',
    seed,
    index,
    name: deployment.name,
    disagreements: [...deployment.disagreements, ...inherent.certain],
    borderline: inherent.borderline,
    step: { decodeNs: times.decodeNs, busyRatio: times.busyNs / times.decodeNs, groupShares: groupShares(deployment, plan, times) },
  }
}

function named(index: number, id: string): string {
  return `d${String(index).padStart(2, '0')}-${id}`
}

function generatePlanted(plant: Plant, own: number, seed: number, index: number): Generated {
  const random = new Random(own, `deployment ${plant.id}`)
  const drawn = plant.plant(random, own, named(index, plant.id))
  const captures = chosenCaptures(random, plant.needs)
  const deployment = { ...drawn, captures, disagreements: drawnDisagreements(random, { ...drawn, captures }, plant.unfit ?? []) }
  const planted = plantedTruth(plant, deployment)
  const truth = { ...baseTruth(deployment, seed, index), planted, never: plant.never, neverWords: [], mustAbstain: false }
  return { deployment, truth, mended: mend(plant, deployment) }
}

function generateDecoy(decoy: Decoy, own: number, seed: number, index: number): Generated {
  const random = new Random(own, `deployment ${decoy.id}`)
  const drawn = decoy.draw(random, own, named(index, decoy.id))
  const deployment = { ...drawn, captures: chosenCaptures(random, decoy.needs) }
  const { id, never, neverWords = [], mustAbstain = false, isNull = false } = decoy
  const told = { id, isNull, ...(decoy.class === undefined ? {} : { class: decoy.class }) }
  return { deployment, truth: { ...baseTruth(deployment, seed, index), decoy: told, never, neverWords, mustAbstain } }
}

/** All plants, with decoys between them. */
export const order: readonly (Plant | Decoy)[] = plants.flatMap((plant, at): (Plant | Decoy)[] => {
  const decoy = at % 2 === 1 ? decoys[(at - 1) / 2] : undefined
  return decoy === undefined ? [plant] : [plant, decoy]
})

/** The same seed and index give the same deployment; indices from 0 go through all plants and decoys in turn. */
export function generateDeployment(seed: number, index: number): Generated {
  const own = (seed + 7919 * index) % 2 ** 31
  const chosen = order[index % order.length] as Plant | Decoy
  return 'plant' in chosen ? generatePlanted(chosen, own, seed, index) : generateDecoy(chosen, own, seed, index)
}
