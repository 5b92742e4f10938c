/** What a trial leaves to the driver: its defaults, with the timeouts that the driver's own command has. */
import { DEFAULT_MAX_ERROR_RATIO } from '#analysis/load/validity.ts'
import type { DriveOptions } from '#pipeline/drive/drive-options.ts'

export const driveBase: DriveOptions = {
  url: '',
  concurrency: [],
  rate: [],
  arrival: 'poisson',
  maxInFlight: 4096,
  rampS: 0,
  multiTurn: false,
  inputTokens: 512,
  outputTokens: 128,
  spread: 0,
  sharedPrefixTokens: 0,
  prefixes: 1,
  seed: 1,
  temperature: 0,
  retries: 0,
  connectTimeoutS: 10,
  firstTokenTimeoutS: 600,
  stallTimeoutS: 60,
  requestTimeoutS: 3600,
  maxErrorRatio: DEFAULT_MAX_ERROR_RATIO,
  metrics: true,
  context: [],
  force: false,
  slowClientMs: 0,
}
