/** Commands that a person or an agent is told to run: a file's name is a stranger's text and must stay one word of them. */

const plain = /^[\w./@%+=:,][\w./@%+=:,-]*$/

/**
 * `name` as one word of a POSIX shell, for commands that are printed (never run from here). A leading dash would be read as an
 * option: such a name gets `./` in front.
 */
export function shellWord(name: string): string {
  const path = name.startsWith('-') ? `./${name}` : name
  return plain.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
