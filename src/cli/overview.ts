import { commandRegistry } from '#commands/registry.ts'

/** Doors that are not commands: they serve commands. */
const doors = [{ name: 'mcp', summary: 'Serve every command to an agent over MCP (stdio)' }]

/** What `sextant --help` prints. Built from the registry's titles alone: no command is loaded. */
export function overviewText(): string {
  const rows = [...commandRegistry, ...doors].map(({ name, summary }) => ({ name, summary }))
  const width = Math.max(...rows.map(({ name }) => name.length))
  const lines = rows.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    'sextant: where the time of an LLM inference deployment goes, and what to change first',
    '',
    'Usage: sextant COMMAND [ARGUMENTS] [--json]',
    '',
    'Commands:',
    ...lines,
    '',
    '`sextant COMMAND --help` shows its arguments and examples. `--json` prints one JSON object.',
    'Exit status: 0 answered, 1 judged negative, 2 usage, 10 and above by error (docs/errors), 70 a bug.',
    '',
  ].join('\n')
}
