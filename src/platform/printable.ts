/** Text from captures is written by strangers: a kernel name may hold terminal commands. */

/** C0 and C1 controls but newline, DEL, and the marks that reorder text (bidirectional overrides and isolates). */
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Replaces each by U+FFFD, so that nothing vanishes unseen. Newlines stay: they are ours; names lose them in the table. */
export function printable(text: string): string {
  return text.replace(unsafe, '\ufffd')
}
