/**
 * Writes into README.md what the sources know better: the example, the usage text, the APIs, the differences from Kafka.
 *
 *   node tools/readme.ts           writes them
 *   node tools/readme.ts --check   fails when they are not as they should be
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { handlersByKey, servedBy } from '../src/broker/apis/handlers.ts'
import { differences, fixedDifferences } from '../src/broker/config/differences.ts'
import { everything } from '../src/broker/release.ts'
import { USAGE } from '../src/cli/options.ts'

const readme = fileURLToPath(new URL('../README.md', import.meta.url))
const example = fileURLToPath(new URL('../examples/kafkajs.test.ts', import.meta.url))

const sections: Readonly<Record<string, () => string>> = {
  example: () => fenced('ts', readFileSync(example, 'utf8')),
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

/** The README with its sections as they should be. */
export function written(text: string): string {
  return Object.entries(sections).reduce((whole, [name, content]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
    const from = whole.indexOf(begin)
    const to = whole.indexOf(end)
    if (from === -1 || to === -1) throw new Error(`README.md has no section between ${begin} and ${end}`)
    return `${whole.slice(0, from + begin.length)}\n${content()}\n${whole.slice(to)}`
  }, text)
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

if (import.meta.main) {
  const text = readFileSync(readme, 'utf8')
  const wanted = written(text)
  if (!process.argv.includes('--check')) writeFileSync(readme, wanted)
  else if (text !== wanted) {
    console.error('README.md is not up to date: node tools/readme.ts writes it')
    process.exitCode = 1
  }
}
