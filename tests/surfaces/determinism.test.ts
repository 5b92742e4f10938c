/** Two runs of one question are equal byte for byte, from whatever folder, and say nothing of the machine. */
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf } from '../../src/commands/framework/fields.ts'
import { commandRegistry } from '../../src/commands/registry.ts'
import { callArguments } from '../support/call-arguments.ts'
import { runInProcess } from '../support/in-process.ts'
import { sharedDataAbsent } from '../support/shared-data.ts'
import { asksTimeline, someCaptures } from '../support/some-captures.ts'

let folder = ''
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sextant-determinism-')))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const registered of commandRegistry) {
  test(`${registered.name}: the same bytes from two folders, no path and no host inside`, async (context) => {
    const { command } = await registered.load()
    const first = fieldsOf(command.input).find(({ key }) => key === command.positional[0])
    if (first === undefined || first.kind !== 'string' || !['read_only', 'writes_artifacts'].includes(command.effect)) return
    const captures = someCaptures(1, registered.name)
    if (captures.length === 0) context.skip(sharedDataAbsent)
    for (const path of captures) {
      const copy = join(folder, basename(path))
      cpSync(path, copy, { recursive: true })
      for (const surface of [[], ['--json']]) {
        const words = command.name.split(' ')
        // Two caches, so that the second answer is computed and not looked up; then once more from the cache.
        const here = await runInProcess([...words, ...callArguments(command, path, 'absolute'), ...surface], {
          env: { SEXTANT_CACHE: join(folder, 'cache-a') },
        })
        const there = await runInProcess([...words, ...callArguments(command, copy, 'absolute'), ...surface], {
          cwd: folder,
          env: { SEXTANT_CACHE: join(folder, 'cache-b') },
        })
        const again = await runInProcess([...words, ...callArguments(command, copy, 'absolute'), ...surface], {
          cwd: folder,
          env: { SEXTANT_CACHE: join(folder, 'cache-b') },
        })
        // An error names the file as it was given, and only that may differ.
        const [ours, theirs, anew] = [
          here.stdout.replaceAll(path, '<given>'),
          ...[there, again].map(({ stdout }) => stdout.replaceAll(copy, '<given>')),
        ]
        expect(theirs, basename(path)).toBe(ours)
        expect(anew, basename(path)).toBe(ours)
        expect([there.status, again.status]).toEqual([here.status, here.status])
        for (const secret of [folder, join(path, '..'), process.cwd()]) expect(ours).not.toContain(secret)
        // The host of the capture may be named; this machine's may not, where the name is long enough to tell.
        if (hostname().length > 6) expect(ours).not.toContain(hostname())
      }
    }
  })

  test(`${registered.name}: the digest answers what the file answers, byte for byte`, async (context) => {
    const { command } = await registered.load()
    const fields = fieldsOf(command.input)
    const first = fields.find(({ key }) => key === command.positional[0])
    // Only commands that may look into the cache can differ by it; a capture is no bundle (tests/synthesis.test.ts asks those).
    if (first?.key === 'bundle') return
    if (first === undefined || first.kind !== 'string' || !fields.some(({ key }) => key === 'cache')) return
    const captures = someCaptures(1, registered.name)
    if (captures.length === 0) context.skip(sharedDataAbsent)
    for (const path of captures) {
      const words = command.name.split(' ')
      const fresh = await runInProcess([...words, ...callArguments(command, path, 'absolute'), '--json', '--no-cache'])
      const env = { SEXTANT_CACHE: join(folder, `digest-of-${registered.tool}`) }
      // The digest keeps answers about timelines; others are kept by whoever asked first.
      const asked = [...words, ...callArguments(command, path, 'absolute'), '--json']
      const filling = asksTimeline(registered.name) ? ['digest', path, '--json'] : asked
      expect((await runInProcess(filling, { env })).status, basename(path)).toBe(0)
      const digested = await runInProcess(asked, { env })
      expect(digested.stdout, basename(path)).toBe(fresh.stdout)
      expect(digested.status).toBe(fresh.status)
      expect(digested.stdout).toContain('"schema":')
    }
  })
}
