/** What each error code means and what to do, for docs/errors. A code without a page does not compile. */
import type { ErrorCode } from '../src/base/errors.ts'

interface ErrorPage {
  readonly meaning: string
  readonly mend: string
}

export const errorPages: Readonly<Record<ErrorCode, ErrorPage>> = {
  usage: {
    meaning: 'The command line or the tool call is not one that the command understands.',
    mend: 'Look at `sextant COMMAND --help`, or at the input schema of the tool.',
  },
  file_not_found: {
    meaning: 'There is no file or folder at the path given.',
    mend: 'Check the path. Relative paths are taken from the current folder; for an MCP server that is the folder it was started in.',
  },
  unknown_format: {
    meaning: 'No reader recognises the content; the name of the file plays no part.',
    mend: 'The message says what the file looks like. `sextant formats` lists what can be read; export the capture to one of these.',
  },
  empty_file: {
    meaning: 'The file has no bytes.',
    mend: 'Capture or export it again. A profiler that was killed before it wrote leaves such a file: stop it with its own stop command and wait.',
  },
  truncated_file: {
    meaning: 'The file ends before its own structure says that it should.',
    mend: 'Copy it again and compare sizes, or export it again. An export that is still being written is truncated too.',
  },
  corrupt_file: {
    meaning: 'The file begins as a known format, and its inside contradicts that format.',
    mend: 'Copy it again and compare checksums; if these agree, export it again from the original capture.',
  },
  locked_file: {
    meaning: 'The file has changes that are not in it yet (for SQLite a `-wal` or `-journal` file beside it that is not empty).',
    mend: 'Let the writer finish, or run `sqlite3 FILE "PRAGMA wal_checkpoint(TRUNCATE)"`, then try again.',
  },
  encrypted_file: {
    meaning: 'The content is encrypted.',
    mend: 'Decrypt a copy and read that.',
  },
  newer_format: {
    meaning: 'The file says a version that this Sextant does not know yet.',
    mend: 'Update Sextant, or export with the older version of the tool.',
  },
  unsupported_format: {
    meaning: 'The format is known, and this variant of it cannot be read.',
    mend: 'The hint names the variant that can be read and the command that makes it.',
  },
  tool_missing: {
    meaning: 'Reading this file needs a program that is not on PATH.',
    mend: 'Install it, or run the export command of the hint where it is installed and read the export here.',
  },
  tool_failed: {
    meaning: 'A program that was run for you ended with an error.',
    mend: 'The details hold its last lines. Run the same command by hand to see all of them.',
  },
  limit_exceeded: {
    meaning: 'A limit that protects the machine was reached: decompressed size, length of a text, nesting, number of rows.',
    mend: 'If the file is what you think it is, raise the limit that the message names; a small file that needs this is suspicious.',
  },
  io_failed: {
    meaning: 'The operating system refused or broke a read or a write.',
    mend: 'Check permissions, free space and the disk; the details hold the system\u2019s own code.',
  },
  missing_data: {
    meaning: 'The capture is readable and does not hold what the question needs.',
    mend: 'The hint says what to record next time. `sextant analyze FILE` says what this capture can answer.',
  },
  ambiguous: {
    meaning: 'The question has more than one answer in this capture, and Sextant does not choose for you.',
    mend: 'Say which one: the details list the choices.',
  },
  acknowledgement_required: {
    meaning: 'The command changes something outside this folder, and the call does not say that you accept that.',
    mend: 'Rehearse it with `--dry-run`, then repeat it with the acknowledgement that the hint names.',
  },
  path_outside_root: {
    meaning: 'A server was asked for a path outside the folder that it may read, symbolic links resolved.',
    mend: 'Use a path inside it, or start the server with `--root` naming a folder that holds the file.',
  },
  server_unreachable: {
    meaning:
      'No server answered at the address: the name is unknown, the port is closed, the connection broke or its certificate is not trusted.',
    mend: 'Check the address from the same machine (`curl ADDRESS/api/v1/status/buildinfo`). Inside a cluster a port-forward is the usual way.',
  },
  access_denied: {
    meaning: 'The server, or a gateway before it, wants other credentials: 401, 403, a login page, or a redirect to another host.',
    mend: 'Renew the token and give it through the environment or a file, as the hint names it; never on the command line.',
  },
  query_refused: {
    meaning: 'The server understood the request and refuses it: a wrong path, a query that it cannot parse or evaluate.',
    mend: 'The message holds the server\u2019s own words. A 404 usually means that a path prefix is missing from the address.',
  },
  query_too_large: {
    meaning: 'The server refuses the amount of samples or series, and the window could not be split any further.',
    mend: 'Ask for fewer hosts, pods or hours, or let its operator raise the limit that the message names.',
  },
  server_unavailable: {
    meaning: 'The server said that it is overloaded or broken (429, 5xx), again after every retry.',
    mend: 'Wait and try again; the details say how often it was tried.',
  },
  timed_out: {
    meaning: 'The answer did not come in time: the server gave up on the query, or bytes stopped arriving.',
    mend: 'Ask for a shorter window or fewer series, or raise the timeout that the hint names.',
  },
  broken_response: {
    meaning: 'The answer is not what the server\u2019s own interface promises: cut off, not JSON, or of another type.',
    mend: 'Look at what lies between (a proxy, a gateway, a login page); the details hold the first bytes of the answer.',
  },
}
