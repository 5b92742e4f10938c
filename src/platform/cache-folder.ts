/** Where digests are kept: the user's cache folder, never beside the captures. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** SEXTANT_CACHE, else the platform's convention (XDG base directory specification, ~/Library/Caches, %LOCALAPPDATA%). */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, platform: string = process.platform): string {
  const own = env['SEXTANT_CACHE']
  if (own !== undefined && own !== '') return own
  const home = env['HOME'] ?? homedir()
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'sextant')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'sextant', 'cache')
  // The specification says that a relative path must be ignored.
  const xdg = env['XDG_CACHE_HOME']
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'sextant')
}
