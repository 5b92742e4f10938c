/** On what the figures were taken. */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

export function machine(): Record<string, string | number> {
  const python = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout.trim()
  const sqlite = spawnSync('python3', ['-c', 'import sqlite3; print(sqlite3.sqlite_version)'], { encoding: 'utf8' }).stdout.trim()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    'memory (GiB)': Math.round(totalmem() / 2 ** 30),
    node: process.version,
    python: `${python.replace('Python ', '')} with SQLite ${sqlite}`,
    'load at the start': (loadavg()[0] ?? 0).toFixed(1),
  }
}
