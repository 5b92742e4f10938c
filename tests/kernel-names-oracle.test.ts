/** Canonical names against other demanglers: what nsys and ncu print for a mangled name equals what c++filt and LLVM print for it. */
import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { canonicalKernelName } from '#model/kernel-identity/canonical-name.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { listShared, sharedDataAbsent, sharedDataRoot } from './support/shared-data.ts'

interface Named {
  readonly mangled: string
  readonly demangled: string
}

async function namesIn(path: string): Promise<Named[]> {
  const { capture } = await openCapture(path, { needs: [] })
  const timed = (capture.timeline?.kernelNames ?? []).map(({ mangledName, name }) => ({ mangled: mangledName, demangled: name }))
  const counted = (capture.kernelCounters?.results ?? []).map(({ mangledName, demangledName }) => ({
    mangled: mangledName,
    demangled: demangledName,
  }))
  return [...timed, ...counted].flatMap(({ mangled, demangled }) =>
    mangled === undefined || demangled === undefined ? [] : [{ mangled, demangled }],
  )
}

function demanglers(): string[] {
  return ['c++filt', 'llvm-cxxfilt'].filter((tool) => spawnSync(tool, ['--version']).status === 0)
}

const tools = demanglers()
const withoutTools = tools.length === 0 ? 'no c++filt (binutils) on this machine: other demanglers cannot be asked' : undefined
const absent = sharedDataRoot === undefined ? sharedDataAbsent : withoutTools

test.skipIf(absent !== undefined)(
  `kernel names of real captures, as other demanglers spell them${absent === undefined ? '' : ` (SKIPPED: ${absent})`}`,
  async () => {
    let compared = 0
    const unequal: string[] = []
    for (const path of ['nsys-sqlite', 'ncu-rep'].flatMap(listShared)) {
      const names = await namesIn(path)
      if (names.length === 0) continue
      const input = names.map(({ mangled }) => `${mangled}\n`).join('')
      for (const tool of tools) {
        const spelled = spawnSync(tool, [], { input, encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.split('\n')
        for (const [index, { demangled }] of names.entries()) {
          compared += 1
          const theirs = canonicalKernelName(spelled[index] ?? '')
          if (canonicalKernelName(demangled) !== theirs) unequal.push(`${basename(path)} ${tool}: ${demangled} is not ${theirs}`)
        }
      }
      const canonical = new Map(names.map(({ mangled, demangled }) => [mangled, canonicalKernelName(demangled)]))
      expect(new Set(canonical.values()).size / canonical.size, `${basename(path)}: kernels of one file stay apart`).toBeGreaterThan(0.99)
    }
    expect(compared).toBeGreaterThan(100)
    // All of them in the captures at hand; C++ has spellings that no list of rules knows, and what differs is unmatched, never mismatched.
    expect(unequal.length / compared, unequal.slice(0, 5).join('\n')).toBeLessThan(0.01)
  },
)
