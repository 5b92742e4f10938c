import { expect, test } from 'vitest'
import { SextantError } from '#base/errors.ts'
import { namedError } from './named-error.ts'

test('the path is replaced wherever it stands, and nothing else', () => {
  const error = new SextantError('file_not_found', 'no such file: /home/x/a.json', 'Check /home/x/a.json.', {
    path: '/home/x/a.json',
    pages: 3,
  })
  const named = namedError(error, '/home/x/a.json', 'a.json')
  expect(named).toMatchObject({
    code: 'file_not_found',
    message: 'no such file: a.json',
    hint: 'Check a.json.',
    details: { path: 'a.json', pages: 3 },
  })
  expect(named.cause).toBe(error)
})
