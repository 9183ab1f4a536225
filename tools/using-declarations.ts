import { parseAst } from 'rolldown/parseAst'

/**
 * Finds what is declared with `using` and `await using`: Node.js 22, which the package promises to run on, cannot
 * parse them.
 *
 * @param file names the source, for its language and for errors.
 * @returns each declaration as it stands in the source.
 */
export function usingDeclarations(file: string, source: string): string[] {
  const found: string[] = []
  visit(parseAst(source, { lang: file.endsWith('.ts') ? 'ts' : 'js' }, file))
  return found

  function visit(node: unknown): void {
    if (typeof node !== 'object' || node === null) return
    const { type, kind, start, end } = node as { type?: string; kind?: string; start: number; end: number }
    if (type === 'VariableDeclaration' && kind?.endsWith('using')) found.push(source.slice(start, end))
    for (const child of Object.values(node)) visit(child)
  }
}
