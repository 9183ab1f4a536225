import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

const house = resolve(import.meta.dirname, '../..')
const biome = resolve(house, 'node_modules/@biomejs/biome/bin/biome')

interface Report {
  diagnostics: { category: string; message: string; location: { path: string } }[]
}

/**
 * Lints a tree of sources by the rules of this repository.
 *
 * @param files what each file holds, by its path from the root of the repository.
 * @returns what the linter said of each file: one `category: message` for each finding.
 */
export async function lint(files: Record<string, string>): Promise<Map<string, string[]>> {
  const root = await mkdtemp(join(tmpdir(), 'memkafka-lint-'))
  try {
    await cp(join(house, 'biome.json'), join(root, 'biome.json'))
    await cp(join(house, 'tools/lint'), join(root, 'tools/lint'), { recursive: true })
    for (const [path, source] of Object.entries({ 'package.json': '{ "name": "memkafka" }', ...files })) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), source)
    }
    const found = new Map(Object.keys(files).map((path): [string, string[]] => [path, []]))
    for (const { category, message, location } of (await report(root)).diagnostics) {
      const path = relative(root, resolve(root, location.path)).replaceAll('\\', '/')
      found.get(path)?.push(`${category}: ${message}`)
    }
    return found
  } finally {
    await rm(root, { recursive: true })
  }
}

function report(root: string): Promise<Report> {
  const flags = ['--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error']
  return new Promise((answer, fail) => {
    // Findings end it with 1 as well, so what it printed decides.
    execFile(process.execPath, [biome, 'lint', ...flags, 'src'], { cwd: root }, (_, stdout, stderr) => {
      try {
        answer(JSON.parse(stdout))
      } catch {
        fail(new Error(`biome gave no report:\n${stdout}\n${stderr}`))
      }
    })
  })
}
