/** Text of strangers inside Markdown. */

/** What would become markup, a link, HTML or another column of a table stays text on one line. */
export const inMarkdown = (text: string): string =>
  text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\\`*_[\]<>|~#]/g, (character) => `\\${character}`)
