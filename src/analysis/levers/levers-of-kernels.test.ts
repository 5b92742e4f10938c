import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'

/** Words in the levers' sources that name a knob. A test of one deployment would only ask some of them. */
const NAMED =
  /(?:const KNOB = |knob: |knob(?:Text|Number|Flag|Value)?\((?:deployment, )?|absence\(deployment, |sayKnob\(deployment, )'([a-z0-9-]+)'/g

it('every knob that a lever names is in the table', () => {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(folder).filter((name) => /^l\d+-.*(?<!\.test)\.ts$/.test(name))
  const named = files.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(NAMED)].map((match) => `${match[1]} of ${name}`),
  )
  expect(named.length).toBeGreaterThan(files.length)
  const known = new Set(Object.keys(loadEngineKnobs(new URL('../../../configs', import.meta.url).pathname).knobs))
  expect(named.filter((text) => !known.has(text.split(' ')[0] ?? ''))).toEqual([])
})
