/**
 * Secrets in text before it becomes evidence: what is replaced is counted, what is kept is hashed. Binary captures are kept as they are
 * (a changed database is no evidence); they may hold environments, which `evidence add` says.
 */

interface Rule {
  readonly id: string
  readonly pattern: RegExp
}

/** Group 1 stays, the rest of the match goes. Names of variables first, then tokens that tell themselves by their prefix. */
const rules: readonly Rule[] = [
  { id: 'authorization', pattern: /((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)?\s*)[^\s"',;}]{6,}/gi },
  {
    id: 'variable',
    pattern:
      /(\b[A-Za-z0-9_-]*(?:password|passwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token|(?:hf|github|gh|wandb|openai|aws|session)[_-]?token)[A-Za-z0-9_-]*["']?\s*[:=]\s*["']?)(?!\s|null\b|none\b|true\b|false\b|\*{3}|<redacted)[^\s"',;}]{4,}/gi,
  },
  { id: 'url-credentials', pattern: /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/gi },
  { id: 'hugging-face', pattern: /()\bhf_[A-Za-z0-9]{20,}\b/g },
  { id: 'github', pattern: /()\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})\b/g },
  { id: 'openai-like', pattern: /()\bsk-[A-Za-z0-9_-]{20,}\b/g },
  { id: 'aws-key', pattern: /()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { id: 'jwt', pattern: /()\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/g },
  { id: 'private-key', pattern: /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g },
]

export interface Redacted {
  readonly text: string
  readonly count: number
}

export function redactText(text: string): Redacted {
  let count = 0
  let kept = text
  for (const { id, pattern } of rules) {
    kept = kept.replace(pattern, (_whole, before: string) => {
      count += 1
      return `${before}<redacted:${id}>`
    })
  }
  return { text: kept, count }
}

/** Larger text is kept as it is: a trace of hundreds of megabytes is no configuration, and its reader streams it. */
export const MAX_REDACTED_BYTES = 16 * 1024 * 1024

/** Text is what decodes as UTF-8 without NUL. Undefined: binary, or too large to look at. */
export function asText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_REDACTED_BYTES || bytes.subarray(0, 65536).includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
