/**
 * Writes into the pages for users what the sources know better: the examples, the usage text, the APIs, the differences from
 * Kafka. A section stands between `<!-- name -->` and `<!-- end of name -->`; the name of an example is its path, that of one test in
 * it the path, a `#`, and how the test's name begins.
 *
 *   node tools/readme.ts           writes them
 *   node tools/readme.ts --check   fails when they are not as they should be
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { handlersByKey, servedBy } from '../src/broker/apis/handlers.ts'
import { differences, fixedDifferences } from '../src/broker/config/differences.ts'
import { USAGE } from '../src/cli/options.ts'
import { everything } from '../src/protocol/release.ts'

/** The pages that have such sections, from the root of the repository, and which of those below each must have. */
export const pages: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['usage', 'apis', 'differences', 'fixed differences'],
  'docs/client.md': [],
  'docs/exploring.md': [],
  'docs/faults.md': [],
  'docs/real-kafka.md': [],
  'docs/msw.md': [],
  'docs/proxy.md': [],
  'docs/recipes.md': [],
  'docs/testing.md': [],
  'docs/transactions.md': [],
}

const sections: Readonly<Record<string, () => string>> = {
  usage: () => fenced('', USAGE),
  apis: () =>
    table(
      ['API', 'key', 'versions'],
      [...servedBy(everything)]
        .sort(([one], [other]) => one - other)
        .map(([key, { min, max }]) => [handlersByKey.get(key)?.api.name ?? '', String(key), `${min}-${max}`]),
    ),
  differences: () =>
    table(
      ['config', "Kafka's default", 'here', 'why'],
      differences.map(({ config, kafka, ours, reason }) => [`\`${config}\``, `\`${kafka}\``, `\`${ours}\``, reason]),
    ),
  'fixed differences': () => fixedDifferences.map((difference) => `- ${difference}`).join('\n'),
}

/** A page, by its path from the root of the repository. */
export function read(page: string): string {
  return readFileSync(atRoot(page), 'utf8')
}

/**
 * A page with its sections as they should be.
 * @throws Error when it lacks a section, or has one that nobody knows
 */
export function written(page: string): string {
  const found = new Set<string>()
  const text = read(page).replace(/<!-- (?!end of )(.+?) -->\n[\s\S]*?<!-- end of \1 -->/g, (_, name: string) => {
    found.add(name)
    return `<!-- ${name} -->\n${contentOf(name, page)}\n<!-- end of ${name} -->`
  })
  const missing = pages[page]?.find((name) => !found.has(name))
  if (missing === undefined) return text
  throw new Error(`${page} has no section between <!-- ${missing} --> and <!-- end of ${missing} -->`)
}

function contentOf(name: string, page: string): string {
  if (name.startsWith('examples/')) return fenced(/\.m?js(#|$)/.test(name) ? 'js' : 'ts', exampleOf(name))
  const content = sections[name]
  if (content === undefined) throw new Error(`${page} has a section ${name}, which nobody knows`)
  return content()
}

function exampleOf(name: string): string {
  const [path = '', title] = name.split('#')
  const text = readFileSync(atRoot(path), 'utf8')
  if (title === undefined) return text
  const found = [...text.matchAll(/^test\((['"])(.+?)\1,[\s\S]+?^\}\)$/gm)].filter(([, , test]) =>
    test?.startsWith(title),
  )
  const [only, another] = found
  if (only === undefined || another !== undefined) {
    throw new Error(`${path} has ${found.length} tests whose names begin with ${title}`)
  }
  return only[0]
}

function atRoot(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

if (import.meta.main) {
  for (const page of Object.keys(pages)) {
    const wanted = written(page)
    if (!process.argv.includes('--check')) writeFileSync(atRoot(page), wanted)
    else if (read(page) !== wanted) {
      console.error(`${page} is not up to date: node tools/readme.ts writes it`)
      process.exitCode = 1
    }
  }
}
