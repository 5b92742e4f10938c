import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { resolveJsonPointer } from '#base/json-pointer.ts'
import { citationSchema } from '#formats/source.ts'
import { inventorySchema, type SourceKind } from '#formats/synthesis.ts'
import { checkoutRoot as checkout } from '../../../tests/support/checkout.ts'
import { sharedDataAbsent, sharedDataRoot } from '../../../tests/support/shared-data.ts'
import { gather } from './gather.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-gather-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const context = { env: {}, configRoot: join(checkout, 'configs'), cache: false }
const nsys = 'examples/decode-host-bound/glm51-decode-c1.sqlite'
const ncu = 'examples/ncu-decode-kernels/glm51-decode-c1.ncu.csv'

function bundleOf(name: string, files: readonly string[], texts: Readonly<Record<string, string>> = {}): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  for (const file of files) copyFileSync(file.startsWith('/') ? file : join(checkout, file), join(folder, basename(file)))
  for (const [place, text] of Object.entries(texts)) writeFileSync(join(folder, place), text)
  return folder
}

const gathered = (folder: string) => gather(context, folder, 'bundle', { version: '0.1.0' })
const kindsOf = (kinds: ReadonlySet<SourceKind>): string[] => [...kinds].sort()

test('a timeline and its counters are one picture, and every figure is what stands at its pointer', async () => {
  const folder = bundleOf('pair', [nsys, ncu], { 'SOURCE.md': '# Source\n', 'notes.txt': 'nothing measured\n' })
  const answer = await gathered(folder)
  if (answer.state === 'refused') throw new Error(answer.refusal.reason)
  const { evidence, book, documents, inventory } = answer
  expect(kindsOf(evidence.kinds)).toEqual(['ncu', 'nsys'])
  for (const item of inventory) expect(() => inventorySchema.parse(item)).not.toThrow()
  expect(inventory.map(({ source, state }) => `${source.path} ${state}`)).toEqual([
    'glm51-decode-c1.ncu.csv valid',
    'glm51-decode-c1.sqlite valid',
    'notes.txt unusable',
  ])
  const { step, families } = evidence
  expect(step).toMatchObject({ class: 'host-bound', from: 'nsys', overhead: 'low', capture: 'glm51-decode-c1.sqlite' })
  const shares = [step?.hostShare, step?.kernelShare, step?.communicationShare, step?.copyShare].map((each) => each?.value ?? Number.NaN)
  expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9)
  expect(families[0]).toMatchObject({ family: 'moe-gemm', role: 'moe', counters: { headroom: 'decidable', bound: 'memory' } })
  const citations = Object.values(book.citations())
  expect(citations.length).toBeGreaterThan(50)
  for (const citation of citations) {
    citationSchema.parse(citation)
    if (citation.command === 'arithmetic@1') continue
    const own = documents.find(
      ({ command, version, input }) =>
        `${command}@${version}` === citation.command && JSON.stringify(input) === JSON.stringify(citation.input),
    )
    expect(resolveJsonPointer(own?.output, citation.pointer)).toBe(citation.value)
  }
})

test('one kind of source is refused, with the captures to take next', async () => {
  const answer = await gathered(bundleOf('alone', [nsys]))
  expect(answer).toMatchObject({ state: 'refused', inventory: [{ kind: 'nsys', state: 'valid' }] })
  if (answer.state !== 'refused') return
  expect(answer.refusal.capture.map(({ kind }) => kind)).toEqual(['dcgm', 'ncu', 'zymtrace'])
})

test('an empty capture is a capture bug: it is not counted', async () => {
  const answer = await gathered(bundleOf('empty', [nsys], { 'kernels.csv': '' }))
  expect(answer.state).toBe('refused')
  expect(answer.inventory.find(({ source }) => source.path === 'kernels.csv')?.state).toBe('unusable')
})

test('trap H9: device counters of another model of GPU make no picture with the kernels', async () => {
  const answer = await gathered(bundleOf('models', [nsys, 'examples/dcgm/campaign/cells/decode-c64/dcgm-frozen.yaml']))
  expect(answer).toMatchObject({ state: 'refused' })
  if (answer.state === 'refused') expect(answer.refusal.reason).toMatch(/B200.*H100/)
})

test('the real pair: related by all its kernels, and nothing claimed of a step that is not there', async (ctx) => {
  if (sharedDataRoot === undefined) return ctx.skip(sharedDataAbsent)
  const timeline = join(sharedDataRoot, 'nsys-sqlite/extra-p-extrap__ex-gpu.s1000.sqlite')
  const answer = await gathered(bundleOf('real', [timeline, join(sharedDataRoot, 'ncu-rep/extra-p-extrap__ex-gpu.s1000.ncu-rep')]))
  if (answer.state === 'refused') throw new Error(answer.refusal.reason)
  expect(answer.evidence.step).toBeUndefined()
  expect(answer.evidence.families).toEqual([])
  expect(answer.sol_rigor).toBe('L2')
  const stranger = await gathered(bundleOf('strangers', [timeline, ncu]))
  expect(stranger).toMatchObject({ state: 'refused' })
  if (stranger.state === 'refused') expect(stranger.refusal.reason).toMatch(/no kernel of one is a kernel of the other/)
})
