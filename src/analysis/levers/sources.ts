/** Where the levers are described: the sources that the facts were read from. */
import type { Lever } from './lever.ts'

/** vLLM main just after v0.27.1, 2026-08-14. */
export const vllmSource = (file: string): Lever['reference'] => ({
  repo: 'vllm-project/vllm',
  commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
  file: `vllm/${file}`,
})
