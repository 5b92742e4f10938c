/** When the deployment was measured: one window for clients, engine and exporter, so that nothing is joined over different times. */

export const measured = {
  startUtc: '2026-03-01T00:15:00Z',
  endUtc: '2026-03-01T00:25:00Z',
  durationS: 600,
  /** As clients of vLLM's benchmark stamp their results: when it ended. */
  stamp: '20260301-002500',
} as const
