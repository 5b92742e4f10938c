/**
 * Preloaded into a child process (`node --import`): counts the steps by which it changes files, writes each into SEXTANT_TEST_STEPS, and ends
 * the process with SIGKILL at step SEXTANT_TEST_KILL_AT, as a power cut or an OOM killer would. A write is cut in its middle; a rename and a
 * removal have a step before and one after.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { relative, resolve } from 'node:path'

const at = Number(process.env.SEXTANT_TEST_KILL_AT ?? 0)
const log = process.env.SEXTANT_TEST_STEPS
const real = { writeSync: fs.writeSync, renameSync: fs.renameSync, rmSync: fs.rmSync, appendFileSync: fs.appendFileSync }
const watched = process.cwd()
let step = 0
/** Of open files, by descriptor: a write has no path. */
const paths = new Map()

function reached(what, path, before) {
  const place = relative(watched, resolve(String(path)))
  if (place.startsWith('..')) return
  step += 1
  if (log !== undefined) real.appendFileSync(log, `${step} ${what} ${place}\n`)
  if (step !== at) return
  before?.()
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way: nothing more may happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
}

const openSync = fs.openSync
fs.openSync = (path, ...rest) => {
  const file = openSync(path, ...rest)
  paths.set(file, path)
  return file
}
fs.writeSync = (file, bytes, ...rest) => {
  const path = paths.get(file)
  if (path !== undefined) reached('half of', path, () => real.writeSync(file, bytes.subarray(0, bytes.length >> 1)))
  return real.writeSync(file, bytes, ...rest)
}
fs.renameSync = (from, to) => {
  reached('before', to)
  real.renameSync(from, to)
  reached('after', to)
}
fs.rmSync = (path, ...rest) => {
  const there = fs.existsSync(path)
  if (there) reached('before removing', path)
  real.rmSync(path, ...rest)
  if (there) reached('after removing', path)
}
syncBuiltinESMExports()
