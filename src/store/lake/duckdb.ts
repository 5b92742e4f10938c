/** DuckDB without the network: no extension is installed or loaded, and only the given folders are readable where a stranger’s SQL runs. */
import { SextantError } from '#base/errors.ts'

export interface DuckDb {
  run(sql: string, values?: readonly string[]): Promise<void>
  /** Rows as JSON values: times are text, integers too where a number would not hold them. */
  all(sql: string): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }>
  close(): void
}

async function load() {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    throw new SextantError(
      'tool_missing',
      'DuckDB is not installed beside this program, or not for this platform',
      'Install it: npm install @duckdb/node-api (it is a dependency of gpu-sextant).',
      {},
      error,
    )
  }
}

/** @param folders that may be read and written; with none nothing outside the database is. */
export async function openDuckDb(folders: readonly string[]): Promise<DuckDb> {
  const { DuckDBInstance } = await load()
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const list = folders.map((folder) => `'${folder.replaceAll("'", "''")}'`).join(', ')
  await connection.run(`SET TimeZone = 'UTC'`)
  await connection.run('SET autoinstall_known_extensions = false')
  await connection.run(`SET allowed_directories = [${list}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return {
    run: async (sql, values = []) => {
      await connection.run(sql, [...values])
    },
    all: async (sql) => {
      const reader = await connection.runAndReadAll(sql)
      const whole = reader.columnTypes().map((type) => /^U?(?:BIG|HUGE)INT$/.test(String(type)))
      // 64-bit integers come as text: those that a number holds exactly are numbers.
      const rows = reader
        .getRowsJson()
        .map((row) =>
          row.map((value, index) =>
            whole[index] === true && typeof value === 'string' && Number.isSafeInteger(Number(value)) ? Number(value) : value,
          ),
        )
      return { columns: reader.columnNames(), rows }
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
