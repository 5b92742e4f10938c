/** `node --import` this: at its end the program says the most memory that it ever held and the processor time of all its threads. */
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

// Threads import it too, and the figures are of the whole process.
if (isMainThread) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    writeSync(2, `\npeak-kib ${maxRSS} cpu-us ${userCPUTime + systemCPUTime}\n`)
  })
}
