/** Prints failures and skips in full, and ends with one line that any script can read: `N passed, N failed` (and `, N skipped`). */
import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

interface Failure {
  readonly title: string
  readonly message: string
}

export interface TestTotals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export function lastLine(totals: TestTotals): string {
  const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`
}

function describeError(error: Pick<SerializedError, 'message'> & { stack?: string; diff?: string; stacks?: unknown }): string {
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node_modules') && !line.includes('node:internal'))
    .slice(0, 4)
  return [error.message, ...(error.diff === undefined ? [] : [error.diff]), ...frames].join('\n')
}

function fileOf(module: TestModule): string {
  return module.relativeModuleId
}

class LastLineReporter implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()]
    const failed = module.ok() ? '' : '  FAILED'
    console.log(`${fileOf(module)}  ${tests.length} tests  ${Math.round(module.diagnostic().duration)} ms${failed}`)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: string): void {
    const failures: Failure[] = []
    const skips: string[] = []
    let passed = 0
    for (const module of modules) {
      for (const error of module.errors()) failures.push({ title: fileOf(module), message: describeError(error) })
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) failures.push({ title: `${fileOf(module)} > ${suite.fullName}`, message: describeError(error) })
      }
      for (const test of module.children.allTests()) passed += this.#count(test, failures, skips)
    }
    for (const error of unhandled) failures.push({ title: 'outside any test', message: describeError(error) })
    if (modules.length === 0) failures.push({ title: 'no test file', message: 'nothing matched' })
    // A run that was cut off has not passed, whatever its tests said so far.
    if (reason === 'interrupted') failures.push({ title: 'interrupted', message: 'the run was stopped before its end' })
    for (const skip of skips) console.log(`skipped: ${skip}`)
    for (const failure of failures) console.log(`\nFAILED ${failure.title}\n${failure.message}`)
    if (failures.length > 0) process.exitCode = 1
    console.log(`\n${lastLine({ passed, failed: failures.length, skipped: skips.length })}`)
  }

  #count(test: TestCase, failures: Failure[], skips: string[]): number {
    const result = test.result()
    const title = `${fileOf(test.module)} > ${test.fullName}`
    if (result.state === 'passed') return 1
    if (result.state === 'skipped') {
      // A group that is skipped as a whole says why in its title.
      const untold = title.includes('absent') ? '' : ': no reason given'
      skips.push(result.note === undefined ? `${title}${test.options.mode === 'todo' ? ': todo' : untold}` : `${title}: ${result.note}`)
    } else if (result.state === 'failed') {
      failures.push({ title, message: result.errors.map(describeError).join('\n') })
    } else {
      failures.push({ title, message: 'never finished' })
    }
    return 0
  }
}

export default LastLineReporter
