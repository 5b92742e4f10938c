import { expect, test } from 'vitest'
import { cacheFolder } from '#platform/cache-folder.ts'

test('the cache folder follows the platform and can be named', () => {
  expect(cacheFolder({ HOME: '/home/a' }, 'linux')).toBe('/home/a/.cache/sextant')
  expect(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: '/var/tmp/c' }, 'linux')).toBe('/var/tmp/c/sextant')
  expect(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: 'relative' }, 'linux')).toBe('/home/a/.cache/sextant')
  expect(cacheFolder({ HOME: '/Users/a' }, 'darwin')).toBe('/Users/a/Library/Caches/sextant')
  expect(cacheFolder({ HOME: '/home/a', SEXTANT_CACHE: '/mine' }, 'linux')).toBe('/mine')
})
