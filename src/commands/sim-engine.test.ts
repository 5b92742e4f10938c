import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { builtBinary } from '../../tests/support/binary.ts'
import { runInProcess } from '../../tests/support/in-process.ts'
import { commandContext } from './framework/context.ts'
import { answer } from './framework/invoke.ts'
import { command } from './sim-engine.ts'

test('a wrong fault, a taken port: usage and io_failed with what to do', async () => {
  expect(await runInProcess(['sim', 'engine', '--duration-s', '0.1', '--fault', 'explode'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/fault "explode": one of http-429.*\n?.*--help/s),
  })
  const taken = createServer()
  const port = await new Promise<number>((fulfil) => taken.listen(0, '127.0.0.1', () => fulfil((taken.address() as { port: number }).port)))
  const run = await runInProcess(['sim', 'engine', '--duration-s', '0.1', '--port', String(port)])
  expect([run.status, run.stderr]).toEqual([22, expect.stringMatching(/cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\).*--port/s)])
  await new Promise((fulfil) => taken.close(fulfil))
})

test('where nobody watches it wants an end', async () => {
  const context = commandContext({ cwd: process.cwd(), env: {} })
  expect(await answer(command, context, () => ({}))).toMatchObject({ ok: false, error: { code: 'usage' } })
})

test('the binary prints where it listens, serves, and answers when told to end by a signal', async () => {
  const child = spawn(process.execPath, [await builtBinary(), 'sim', 'engine', '--time-scale', '0.1', '--json'])
  let printed = ''
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString()
  })
  const url = await new Promise<string>((fulfil) => {
    let text = ''
    child.stderr.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      const [, found] = /at (http:\/\/127\.0\.0\.1:\d+) /.exec(text) ?? []
      if (found !== undefined) fulfil(found)
    })
  })
  const body = JSON.stringify({ prompt: 'one two', max_tokens: 3 })
  expect((await fetch(`${url}/v1/completions`, { method: 'POST', body })).status).toBe(200)
  const closed = new Promise((fulfil) => child.on('close', fulfil))
  child.kill('SIGTERM')
  expect(await closed).toBe(0)
  expect(JSON.parse(printed)).toMatchObject({
    schema: 'sim-engine/1',
    ended: 'signal',
    requests: 1,
    steps: 3,
    promptTokens: 2,
    outputTokens: 3,
  })
})
