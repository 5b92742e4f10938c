/** Point 4 of the driver, also by itself: the live decode budget against the simulated engine's own truth, and windows that must be refused. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DecodeBudget } from '../../src/formats/decode-budget.ts'
import { engineProcess } from '../../tests/support/engine-process.ts'
import { askBinary } from './foundation/built-binary.ts'
import type { Point, Proof } from './point.ts'

interface Setting {
  readonly engine: readonly string[]
  readonly client?: readonly string[]
  readonly backEnd: 'torch' | 'cuda'
  /** Sends other requests as soon as the profiled stream runs. */
  readonly others?: boolean
}

interface Shown {
  readonly budget: DecodeBudget
  readonly truth: Awaited<ReturnType<Awaited<ReturnType<typeof engineProcess>>['truth']>>
}

/** Other traffic while the fourth stream, the profiled one, runs; ends when the engine does. */
async function disturb(url: string): Promise<void> {
  try {
    for (;;) {
      const { requests } = (await (await fetch(`${url}/sim/state`)).json()) as { requests: number }
      if (requests >= 4) {
        const body = JSON.stringify({ prompt: `other request ${requests}`, max_tokens: 20 })
        await fetch(`${url}/v1/completions`, { method: 'POST', body })
      } else await new Promise((fulfil) => setTimeout(fulfil, 50))
    }
  } catch {
    return
  }
}

/** Steps of some tens of milliseconds: the engine, the client and this proof share the cores of one machine. */
async function measure({ engine, client = [], backEnd, others = false }: Setting): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-prove-live-'))
  const running = await engineProcess(['--time-scale', '2', '--profiler', backEnd, '--trace-dir', folder, ...engine])
  const disturbing = others ? disturb(running.url) : Promise.resolve()
  try {
    const quick = ['--rounds', '2', '--output-tokens', '80', '--window-s', '1', '--start-allowance-s', '1', '--settle-s', '0.3']
    const budget = await askBinary([
      'decode-budget',
      '--live',
      running.url,
      '--trace-dir',
      folder,
      '--back-end',
      backEnd,
      ...quick,
      ...client,
      '--json',
    ])
    return { budget: budget as DecodeBudget, truth: await running.truth() }
  } finally {
    await running.stop()
    await disturbing
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A stall of the machine in a window of a second is no fault of the program: it is refused, and measured again. */
const ATTEMPTS = 4

const classes = { kernel: 'kernel-bound', host: 'host-bound', communication: 'comm-bound' } as const

async function agrees(bound: keyof typeof classes, backEnd: Setting['backEnd'], dialect: string): Promise<Proof> {
  const refused: string[] = []
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { budget, truth } = await measure({ engine: ['--bound', bound, '--dialect', dialect], backEnd })
    const [profile] = truth.profiles
    const { live, overall } = budget
    if (live?.state !== 'measured' || profile === undefined) {
      refused.push(live?.refusals.map(({ code }) => code).join('+') ?? 'no window')
      continue
    }
    const shares = Object.entries(profile.shares ?? {})
    const worst = Math.max(...shares.map(([name, share]) => Math.abs((overall.shares?.[name as 'host'] ?? Number.NaN) - share)))
    const ratio = budget.devices[0]?.reconciliation?.ratio
    const reconciled = budget.devices[0]?.reconciliation?.reconciled === true
    const holds = overall.class === classes[bound] && profile.class === classes[bound] && worst < 0.01 && reconciled
    const figure = `${overall.class} as the engine (${profile.class}), shares within ${(100 * worst).toFixed(2)} points, cadence ${ratio?.toFixed(3)} of the driver’s TPOT`
    return { holds, figure: `${figure}${refused.length === 0 ? '' : `; refused before: ${refused.join(', ')}`}` }
  }
  return { holds: false, figure: `refused ${ATTEMPTS} times: ${refused.join(', ')}` }
}

async function refuses(code: string, setting: Setting): Promise<Proof> {
  let codes: readonly string[] = []
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { budget } = await measure(setting)
    codes = budget.live?.refusals.map((each) => each.code) ?? []
    const reason = budget.live?.refusals.find((each) => each.code === code)?.reason
    const holds = budget.overall.class === 'unknown' && budget.devices.length === 0
    if (reason !== undefined) return { holds, figure: reason.slice(0, 160) }
    // A machine that is busy with something else voids the clean rounds, before what this is about.
    if (!codes.includes('client-distorted')) break
  }
  return { holds: false, figure: `refused for ${codes.join(', ') || 'nothing'}` }
}

const truths = (['kernel', 'host', 'communication'] as const).flatMap((bound) =>
  (
    [
      ['torch', 'vllm'],
      ['cuda', 'vllm'],
      ['torch', 'sglang'],
    ] as const
  ).map(
    ([backEnd, dialect]): Point => ({
      title: `4 live decode budget, ${bound}-bound, ${backEnd} back end, ${dialect}: the engine’s truth`,
      prove: () => agrees(bound, backEnd, dialect),
    }),
  ),
)

const refusal = (title: string, code: string, setting: Setting): Point => ({
  title: `4 live decode budget refuses ${title}`,
  prove: () => refuses(code, setting),
})

export const points: readonly Point[] = [
  ...truths,
  // Requests 1 to 3 warm up and are clean, 4 is profiled; its stall begins when the window is open.
  refusal('an idle window', 'window-idle', { engine: ['--fault', 'stall:at=4,after=40,ms=2500'], backEnd: 'torch' }),
  refusal('a contaminated window', 'window-contaminated', { engine: [], backEnd: 'cuda', others: true }),
  refusal('a truncated trace, torch', 'trace-incomplete', { engine: ['--trace-cut'], backEnd: 'torch' }),
  refusal('a truncated trace, cuda', 'trace-incomplete', { engine: ['--trace-cut'], backEnd: 'cuda' }),
  refusal('a round that is reset', 'round-failed', { engine: ['--fault', 'reset:at=4,after=60'], backEnd: 'cuda' }),
  refusal('a slowed client', 'client-distorted', { engine: ['--time-scale', '0.5'], client: ['--slow-client-ms', '45'], backEnd: 'torch' }),
]
