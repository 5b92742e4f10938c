#!/usr/bin/env node
/** The second binary: the field's verbs, put into this program's words and handed to its door. */
import { fieldCall } from '#cli/field-verbs.ts'

const call = fieldCall(process.argv.slice(2))
if (call.state === 'said') {
  process.stdout.write(call.stdout)
  process.stderr.write(call.stderr)
  process.exitCode = call.status
} else {
  process.argv.splice(2, process.argv.length, ...call.args)
  await import('./main.ts')
}
