/**
 * Makes dist/ from src/: what package.json names, and nothing else.
 *
 * The entry points are read from package.json: an export whose types are `dist/a/b.d.ts` is made from `src/a/b.ts`, as
 * an ES module, and as CommonJS too where it has a `require`. A new entry point is a line there and none here.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type OutputOptions, rolldown } from 'rolldown'
import { usingDeclarations } from './using-declarations.ts'

const house = resolve(import.meta.dirname, '..')
const dist = join(house, 'dist')
const manifest = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8'))

/** Paths inside dist/ without their extension, which are paths inside src/ too. */
interface Entries {
  modules: string[]
  commonJs: string[]
  binaries: string[]
  declarations: string[]
}

function entries(): Entries {
  const conditions = Object.values<string | Record<string, string>>(manifest.exports).filter(
    (to) => typeof to === 'object',
  )
  const named = (condition: string): string[] => conditions.flatMap((to) => to[condition] ?? []).map(stem)
  return {
    modules: named('import'),
    commonJs: named('require'),
    binaries: Object.values<string>(manifest.bin).map(stem),
    declarations: named('types'),
  }
}

function stem(path: string): string {
  const inside = /^\.\/dist\/(.+?)(\.d\.ts|\.c?js)$/.exec(path)?.[1]
  if (inside === undefined) throw new Error(`package.json names ${path}, which is not in dist/`)
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
  await build.write({ dir: dist, ...output })
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
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    const linked = readFileSync(file, 'utf8').replaceAll(
      /(\b(?:from|import)\s*\(?\s*)(['"])(\.[^'"]+)\.ts\2/g,
      (_, before: string, quote: string, path: string) => {
        visit(join(dirname(file), `${path}.d.ts`))
        return `${before}${quote}${path}.js${quote}`
      },
    )
    writeFileSync(file, linked)
  }
  for (const root of roots) visit(join(dist, `${root}.d.ts`))
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    if (!reached.has(join(dist, file))) rmSync(join(dist, file))
  }
}

function refuseUsing(): void {
  for (const file of globSync('**/*.{js,cjs}', { cwd: dist })) {
    const found = usingDeclarations(file, readFileSync(join(dist, file), 'utf8'))
    if (found.length > 0) {
      throw new Error(`dist/${file} declares with \`using\`, which Node.js 22 cannot parse:\n${found.join('\n')}`)
    }
  }
}

rmSync(dist, { recursive: true, force: true })
const { modules, commonJs, binaries, declarations } = entries()
await bundle([...modules, ...binaries], { format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' })
await bundle(commonJs, { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' })
declare()
linkDeclarations(declarations)
refuseUsing()
