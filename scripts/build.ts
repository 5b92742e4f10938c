/** Bundles the command line to dist/sextant.js. Commands are chunks of their own, so that `--help` parses only the door. */
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { parse } from 'yaml'
import { hashProgram } from '#platform/build-id.ts'
import { writeCodeCache } from './code-cache.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** In the bundle the door to the commands about captures is `cached-door.ts`, beside the folder of chunks that ask for it. */
const captureDoorBeside: Plugin = {
  name: 'capture-door',
  setup(building) {
    building.onResolve({ filter: /\/capture-door\.ts$/ }, () => ({ path: '../capture-door.js', external: true }))
  },
}

function sharedOptions(folder: string): BuildOptions {
  return {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Its engine is a shared library: it stays a package beside the bundle, loaded by `lake` alone.
    external: ['@duckdb/node-api'],
    define: { SEXTANT_BUILD_ID: JSON.stringify(hashProgram(root)) },
    // CommonJS packages inside an ESM bundle ask for `require`; the built-in modules they want come through it.
    banner: { js: "import { createRequire as sextantRequire } from 'node:module'; const require = sextantRequire(import.meta.url);" },
    // Half the text to parse at every start; names stay, for readable stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'linked',
    logLevel: 'warning',
  }
}

/**
 * All in one file: finding and linking fifty chunks takes longer than parsing the few modules that other commands use too. As one function
 * of a script, which src/cli/cached-door.ts runs with what V8 has compiled of it before.
 */
async function buildCaptureDoor(options: BuildOptions): Promise<void> {
  await build({
    ...options,
    entryPoints: { 'capture-door': 'src/cli/capture-door.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    define: { ...options.define, 'import.meta.url': 'sextantUrl', 'import.meta.dirname': '""' },
    banner: { js: '(function (exports, require, sextantUrl) { const module = {}; ' },
    footer: { js: 'Object.assign(exports, module.exports) })' },
  })
}

/** Writes the bundle into `folder`; configs/ and docs/runbooks/ are copied beside it because they are read at run time. Returns the binary's path. */
export async function buildBinary(folder: string): Promise<string> {
  // Chunk names carry a hash of their content: without this, old chunks would stay and be published.
  await rm(folder, { recursive: true, force: true })
  const options = sharedOptions(folder)
  await build({
    ...options,
    // Threads of the load driver start from a file of their own (src/sources/driver/spawn-thread.ts).
    entryPoints: {
      sextant: 'src/main.ts',
      perftunereport: 'src/perftunereport.ts',
      'driver-thread': 'src/sources/driver/thread.ts',
      'capture-door': 'src/cli/cached-door.ts',
    },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [captureDoorBeside],
  })
  await buildCaptureDoor(options)
  for (const name of ['sextant.js', 'perftunereport.js']) await chmod(join(folder, name), 0o755)
  await cp(join(root, 'configs'), join(folder, 'configs'), { recursive: true, force: true })
  // `search runbooks` reads them beside configs/, as in a checkout.
  await cp(join(root, 'docs', 'runbooks'), join(folder, 'docs', 'runbooks'), { recursive: true, force: true })
  // The same as JSON, which is read in a tenth of the time (src/pipeline/shipped-yaml.ts).
  for (const name of await readdir(join(folder, 'configs'))) {
    if (!name.endsWith('.yaml')) continue
    const path = join(folder, 'configs', name)
    await writeFile(path.replace(/yaml$/, 'json'), JSON.stringify(parse(await readFile(path, 'utf8'))))
  }
  writeCodeCache(root, folder)
  return join(folder, 'sextant.js')
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await buildBinary(join(root, 'dist'))
