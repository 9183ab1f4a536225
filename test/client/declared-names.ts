import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a module exports, types too, and where each is declared. */
export function exportsOf(file: string): Map<string, string> {
  const text = readFileSync(file, 'utf8')
  const found = new Map<string, string>()
  for (const [, name] of text.matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|const|function) (\w+)/gm,
  )) {
    if (name !== undefined) found.set(name, file)
  }
  for (const [, list, from] of text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '(\.[^']+)'/gm)) {
    if (list === undefined || from === undefined) continue
    const theirs = exportsOf(join(dirname(file), from))
    if (list === '*') for (const [name, where] of theirs) found.set(name, where)
    else for (const [inner, outer] of namesIn(list)) found.set(outer, theirs.get(inner) ?? join(dirname(file), from))
  }
  return found
}

/** The names in `{ type A, b as C }`: as they are there, and as they are here. */
function namesIn(list: string): [string, string][] {
  return list
    .slice(1, -1)
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => item.split(' as ') as [string, string?])
    .map(([inner, outer = inner]) => [inner, outer])
}

/** The members that an interface or a class declares, those that it inherits from others of its file included. */
export function membersOf(file: string, name: string): Set<string> {
  const text = readFileSync(file, 'utf8')
  const [, heritage = '', body = ''] =
    new RegExp(`(?:interface|class) ${name}\\b(?:<[^{]*>)?([^{]*)\\{\\n([\\s\\S]*?)\\n\\}`).exec(text) ?? []
  const members = new Set<string>()
  for (const [, member] of body.matchAll(/^ {2}(?:static |readonly |get |set |async )*(\w+)[?!]?\s*[(:<=]/gm)) {
    if (member !== undefined) members.add(member)
  }
  for (const [parent] of heritage.matchAll(/\w+/g)) {
    if (/^(extends|implements|Omit|Pick)$/.test(parent) || parent === name) continue
    for (const member of membersOf(declaring(text, file, parent), parent)) members.add(member)
  }
  return members
}

/** Where a name that a file uses is declared. */
function declaring(text: string, file: string, name: string): string {
  for (const [, list, from] of text.matchAll(/^import (?:type )?(\{[^}]*\}) from '(\.[^']+)'/gm)) {
    if (list !== undefined && from !== undefined && namesIn(list).some(([, here]) => here === name)) {
      return join(dirname(file), from)
    }
  }
  return file
}
