/**
 * Makes dist/ from src/: what package.json names, and nothing else.
 *
 * The entry points are read from package.json: an export whose `import` is `dist/a/b.js` is made from `src/a/b.ts`, as an
 * ES module; one whose `require` is `dist/cjs/a/b.js` as CommonJS too. A new entry point is a few lines there and none here.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type OutputOptions, rolldown } from 'rolldown'
import { usingDeclarations } from './using-declarations.ts'

const house = resolve(import.meta.dirname, '..')
const dist = join(house, 'dist')
const manifest = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8'))

/** The folder of the CommonJS build: a package.json of its own says what its files are. */
const COMMON_JS = 'cjs'

/** Paths inside src/ without their extension. */
interface Entries {
  modules: string[]
  commonJs: string[]
  binaries: string[]
}

type Condition = { readonly types: string; readonly default: string }

function entries(): Entries {
  const exported = Object.values<string | Record<string, Condition>>(manifest.exports)
  const named = (condition: string): string[] =>
    exported.flatMap((to) => (typeof to === 'string' || to[condition] === undefined ? [] : stem(to[condition].default)))
  return {
    modules: named('import'),
    commonJs: named('require').map((path) => path.replace(`${COMMON_JS}/`, '')),
    binaries: Object.values<string>(manifest.bin).map(stem),
  }
}

function stem(path: string): string {
  const inside = /^\.\/dist\/(.+)\.js$/.exec(path)?.[1]
  if (inside === undefined) throw new Error(`package.json names ${path}, which is no module in dist/`)
  return inside
}

async function bundle(names: string[], output: OutputOptions): Promise<void> {
  if (names.length === 0) return
  const build = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(house, 'src', `${name}.ts`)])),
    platform: 'node',
    // Whatever is installed beside the package stays outside of it.
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[a-z]:[\\/]/i.test(id),
    // Down to what the oldest Node.js that package.json promises can parse.
    transform: { target: `node${/\d+(\.\d+)*/.exec(manifest.engines.node)?.[0]}` },
    checks: { circularDependency: true },
  })
  // What is documented is documented in the declarations.
  await build.write({ dir: dist, chunkFileNames: 'chunks/[name]-[hash].js', comments: { jsdoc: false }, ...output })
  await build.close()
}

function declare(): void {
  const tsc = join(house, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: house, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

/**
 * Of the declarations that tsc wrote for all of src/, leaves those that an entry point leads to. They import each other
 * by the source's `.ts`, which tsc leaves as it is in declarations: `.js` is what every TypeScript resolves.
 */
function linkDeclarations(roots: string[]): void {
  const reached = declarationsOf(roots)
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    if (!reached.has(join(dist, file))) rmSync(join(dist, file))
  }
}

/** The declarations that these entry points lead to. */
function declarationsOf(roots: string[]): Set<string> {
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    const linked = readFileSync(file, 'utf8').replaceAll(
      /(\b(?:from|import)\s*\(?\s*)(['"])(\.[^'"]+)\.[tj]s\2/g,
      (_, before: string, quote: string, path: string) => {
        visit(join(dirname(file), `${path}.d.ts`))
        return `${before}${quote}${path}.js${quote}`
      },
    )
    writeFileSync(file, linked)
  }
  for (const root of roots) visit(join(dist, `${root}.d.ts`))
  return reached
}

function refuseUsing(): void {
  for (const file of globSync('**/*.js', { cwd: dist })) {
    const found = usingDeclarations(file, readFileSync(join(dist, file), 'utf8'))
    if (found.length > 0) {
      throw new Error(`dist/${file} declares with \`using\`, which Node.js 22 cannot parse:\n${found.join('\n')}`)
    }
  }
}

/** The same declarations beside the CommonJS modules: there they are of CommonJS, by the folder's package.json. */
function declareCommonJs(roots: string[]): void {
  const folder = join(dist, COMMON_JS)
  for (const file of declarationsOf(roots)) {
    const copy = join(folder, relative(dist, file))
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(file, copy)
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
}

rmSync(dist, { recursive: true, force: true })
const { modules, commonJs, binaries } = entries()
await bundle([...modules, ...binaries], { format: 'esm' })
await bundle(commonJs, { format: 'cjs', dir: join(dist, COMMON_JS) })
declare()
linkDeclarations(modules)
declareCommonJs(commonJs)
refuseUsing()
