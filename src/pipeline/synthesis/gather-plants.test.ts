/** Generated deployments: the planted class stands first, planted contradictions are found and none is invented. All plants with SEXTANT_SLOW. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { generateDeployment } from '#sim/deployment/generate.ts'
import { writeDeployment } from '#sim/deployment/write-deployment.ts'
import { checkoutRoot } from '../../../tests/support/checkout.ts'
import { contradictionIds } from '../../../tests/support/ground-truth.ts'
import { gather } from './gather.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-plants-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** One of the step, one of kernels, one of serving, one of ranks with a contradiction, and a capture that lost rows. */
const quick = [0, 4, 5, 6, 15]
const slow = process.env['SEXTANT_SLOW'] === '1'
const indices = slow ? Array.from({ length: 40 }, (_, index) => index) : quick
const seed = 20_260_101

test.each(indices)('deployment %i: its class, and its contradictions', { timeout: 120_000 }, async (index) => {
  const { deployment, truth } = generateDeployment(seed, index)
  const folder = join(root, truth.name)
  writeDeployment(deployment, folder)
  const answer = await gather({ env: {}, configRoot: join(checkoutRoot, 'configs'), cache: false }, folder, truth.name, {
    version: '0.1.0',
  })
  if (answer.state === 'refused') throw new Error(answer.refusal.reason)
  const { bottlenecks, contradictions, conservation, evidence } = answer
  if (truth.mustAbstain) expect(bottlenecks).toEqual([])
  if (truth.planted !== undefined) expect(bottlenecks[0]?.class).toBe(truth.planted.class)
  const found = contradictions.map(({ id }) => id)
  const atBorder = new Set(truth.borderline.map((name) => contradictionIds[name]))
  expect(found.filter((id) => !atBorder.has(id)).sort()).toEqual(truth.disagreements.map((name) => contradictionIds[name]).sort())
  for (const { topic } of contradictions) for (const each of topic) expect(evidence.disputed.has(each)).toBe(true)
  for (const topic of evidence.corroborated) expect(evidence.disputed.has(topic)).toBe(false)
  expect(conservation.filter(({ state }) => state === 'broken')).toEqual([])
  expect(conservation.some(({ state }) => state === 'holds')).toBe(true)
})
