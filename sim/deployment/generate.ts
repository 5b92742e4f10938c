/** A deployment by seed and index: which plant, which captures, and its truth. */
import { Random } from '#base/random.ts'
import type { CaptureName, Deployment } from './deployment.ts'
import type { Plant } from './plants/plant.ts'
import { plants } from './plants/registry.ts'
import { recordDeployment, stepTimes } from './timeline.ts'
import { type DeploymentTruth, effectOf, groupShares, type PlantedTruth, shareTimesDistance } from './truth.ts'

export interface Generated {
  readonly deployment: Deployment
  readonly truth: DeploymentTruth
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

function plantedTruth(plant: Plant, deployment: Deployment): PlantedTruth {
  const plan = recordDeployment(deployment)
  const changed = plant.apply(deployment, new Random(deployment.seed, `apply ${plant.id}`))
  return {
    plant: plant.id,
    class: plant.class,
    lever: plant.lever,
    beside: plant.beside,
    effect: effectOf(plant.metric, [deployment, plan], [changed, recordDeployment(changed)]),
    shareTimesDistance: shareTimesDistance(deployment, plan, plant.class),
  }
}

function generatePlanted(plant: Plant, seed: number, index: number): Generated {
  const own = (seed + 7919 * index) % 2 ** 31
  const random = new Random(own, `deployment ${plant.id}`)
  const name = `d${String(index).padStart(2, '0')}-${plant.id}`
  const drawn = plant.plant(random, own, name)
  const deployment = { ...drawn, captures: chosenCaptures(random, plant.needs) }
  const plan = recordDeployment(deployment)
  const times = stepTimes(plan)
  return {
    deployment,
    truth: {
      schema: 'sim-deployment-truth/1',
      seed,
      index,
      name,
      planted: plantedTruth(plant, deployment),
      decoys: [],
      never: plant.never,
      neverWords: [],
      disagreements: deployment.disagreements,
      mustAbstain: false,
      step: { decodeNs: times.decodeNs, busyRatio: times.busyNs / times.decodeNs, groupShares: groupShares(deployment, plan, times) },
    },
  }
}

/** The same seed and index give the same deployment; indices from 0 go through all plants in turn. */
export function generateDeployment(seed: number, index: number): Generated {
  const plant = plants[index % plants.length] as Plant
  return generatePlanted(plant, seed, index)
}
