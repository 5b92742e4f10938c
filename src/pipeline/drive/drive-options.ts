/** What a caller of the driver chooses; every field is described at the command's input. */
export interface DriveOptions {
  readonly url: string
  readonly api?: 'chat' | 'completions'
  readonly model?: string
  readonly concurrency: readonly number[]
  readonly rate: readonly number[]
  readonly arrival: 'poisson' | 'constant'
  readonly maxInFlight: number
  readonly requests?: number
  readonly durationS?: number
  readonly warmUpRequests?: number
  readonly rampS: number
  readonly dataset?: string
  readonly multiTurn: boolean
  readonly conversations?: number
  readonly inputTokens: number
  readonly outputTokens?: number
  readonly spread: number
  /** Skips counting on the server. */
  readonly tokensPerWord?: number
  readonly sharedPrefixTokens: number
  readonly prefixes: number
  readonly seed: number
  readonly salt?: string
  readonly ignoreEos?: boolean
  readonly temperature: number
  readonly extraBody?: string
  readonly retries: number
  readonly goodputTtftMs?: number
  readonly goodputTpotMs?: number
  readonly goodputE2elMs?: number
  readonly threads?: number
  readonly connectTimeoutS: number
  readonly firstTokenTimeoutS: number
  readonly stallTimeoutS: number
  readonly requestTimeoutS: number
  readonly maxErrorRatio: number
  readonly metrics: boolean
  readonly metricsUrl?: string
  readonly context: readonly string[]
  readonly apiKeyEnv?: string
  readonly force: boolean
  readonly slowClientMs: number
}

/** What the door gives beside the options. */
export interface DriveHost {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly signal?: AbortSignal
  readonly progress?: (progress: { readonly done: number; readonly total?: number; readonly note?: string }) => void
  /** Folder for the files of the result, already resolved. */
  readonly out?: string
  /** The recorded conversations, already resolved. */
  readonly dataset?: string
}
