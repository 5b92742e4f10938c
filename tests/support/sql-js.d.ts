/** sql.js ships no types: only what the tests use of it, as an oracle. */
declare module 'sql.js' {
  export type SqlValue = number | string | Uint8Array | null
  export interface QueryResult {
    columns: string[]
    values: SqlValue[][]
  }
  export interface Statement {
    run(values?: readonly SqlValue[]): void
    bind(values?: readonly SqlValue[]): boolean
    step(): boolean
    get(): SqlValue[]
    free(): void
  }
  export class Database {
    constructor(bytes?: Uint8Array)
    exec(sql: string, params?: readonly SqlValue[]): QueryResult[]
    run(sql: string, params?: readonly SqlValue[]): Database
    prepare(sql: string): Statement
    export(): Uint8Array
    close(): void
  }
  export interface SqlJsStatic {
    Database: typeof Database
  }
  function initSqlJs(): Promise<SqlJsStatic>

  export { initSqlJs as default }
}
