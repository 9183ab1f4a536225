/**
 * Writes the examples into the pages under docs: each page says where one belongs, by `<!-- examples/transactions/fenced-producer.test.ts -->`.
 *
 *   node tools/docs.ts           writes them
 *   node tools/docs.ts --check   fails when they are not as they should be
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const docs = new URL('../docs/', import.meta.url)
const root = new URL('../', import.meta.url)

const EXAMPLE = /(<!-- (examples\/\S+) -->\n)[\s\S]*?(<!-- end of \2 -->)/g

/** The names of the pages. */
export function pages(): string[] {
  return readdirSync(docs).filter((name) => name.endsWith('.md'))
}

/** A page as it is. */
export function read(page: string): string {
  return readFileSync(new URL(page, docs), 'utf8')
}

/** A page with its examples as they should be. */
export function written(text: string): string {
  return text.replace(EXAMPLE, (_, begin: string, file: string, end: string) => {
    const source = readFileSync(new URL(file, root), 'utf8')
    return `${begin}\`\`\`ts\n${source.trimEnd()}\n\`\`\`\n${end}`
  })
}

if (import.meta.main) {
  for (const page of pages()) {
    const text = read(page)
    const wanted = written(text)
    if (text === wanted) continue
    if (!process.argv.includes('--check')) writeFileSync(new URL(page, docs), wanted)
    else {
      console.error(`docs/${page} is not up to date: node tools/docs.ts writes it`)
      process.exitCode = 1
    }
  }
}
