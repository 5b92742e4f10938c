/** A process that registers baselines: `record-child ROOT SOURCE COUNT [STEP]`. At STEP it kills itself as `kill -9` would. */
import { recordBaseline } from '../../src/store/baselines/record.ts'

const [root = '', source = '', count = '1', fatal] = process.argv.slice(2)

for (let index = 0; index < Number(count); index++) {
  await recordBaseline({
    root,
    source,
    baseline: {
      schema: 'perf_baseline_v1',
      family: 'inference',
      measurement: 'm-perfbench-v1',
      value: null,
      direction: 'two-sided',
      unit: 'structured-json',
      source_path: 'run.json',
      notes: `${process.pid} ${index} | <b>GPQA</b>=0.6`,
    },
    onStep: (step) => {
      if (step === fatal) process.kill(process.pid, 'SIGKILL')
    },
  })
}
