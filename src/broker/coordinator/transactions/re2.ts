/** What RE2 has not, and JavaScript has: it would need to look back. */
const BEYOND_RE2 = /(?<!\\)(?:\\\\)*(?:\(\?(?:[=!]|<[=!])|\\[1-9]|\\k<)/

/**
 * The function that tells whether a whole string matches a regular expression of RE2, which Kafka uses where a client gives one;
 * undefined for what is none. Flags stand at the beginning, as in `(?i)orders-.*`.
 */
export function re2Matcher(pattern: string): ((text: string) => boolean) | undefined {
  if (BEYOND_RE2.test(pattern)) return undefined
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? []
  const source = rest
    .replaceAll('(?P<', '(?<')
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
  try {
    const expression = new RegExp(`^(?:${source})$`, [...new Set(flags)].join(''))
    return (text) => {
      const match = expression.exec(text)
      return match !== null && match[0].length === text.length
    }
  } catch {
    return undefined
  }
}
