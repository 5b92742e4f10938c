import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkoutRoot } from '../point.ts'

/** Test files with a test that names a row of these sections of the trap list: loading every test to skip it takes minutes. @param sections 'A-C' */
export function trapFiles(sections: string): string[] {
  const title = new RegExp(`['"\`]trap [${sections}]\\d`)
  const files = ['src', 'tests', 'sim'].flatMap((folder) =>
    readdirSync(join(checkoutRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  return files.filter((file) => file.endsWith('.test.ts') && title.test(readFileSync(join(checkoutRoot, file), 'utf8'))).sort()
}
