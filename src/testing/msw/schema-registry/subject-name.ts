/** The context that subjects are in that name none. */
export const DEFAULT_CONTEXT = '.'
/** The context of what is set for all contexts. */
export const GLOBAL_CONTEXT = '.__GLOBAL'

/** A subject with its context: `:.context:subject`. Ids are of a context, and so are what is set for its subjects. */
export interface SubjectName {
  readonly context: string
  readonly subject: string
}

export function parseSubject(name: string): SubjectName {
  const [, context, subject] = /^:(\.[^:]*):(.*)$/s.exec(name) ?? []
  if (context === undefined || subject === undefined) return { context: DEFAULT_CONTEXT, subject: name }
  return { context, subject }
}

/** The one way to write a name: the default context is not named. */
export function normalizedSubject(name: string): string {
  const { context, subject } = parseSubject(name)
  return context === DEFAULT_CONTEXT ? subject : `:${context}:${subject}`
}

export function contextOf(name: string): string {
  return parseSubject(name).context
}

/** Another subject, in the context of this one where it names none. */
export function besides(name: string, other: string): string {
  const context = contextOf(name)
  return context === DEFAULT_CONTEXT || other.startsWith(':.') ? normalizedSubject(other) : `:${context}:${other}`
}

/** Control characters, and names that mean something else, are none; configs and modes may be of all contexts. */
export function isValidSubject(name: string, isConfigOrMode: boolean): boolean {
  const { context, subject } = parseSubject(name)
  if (/\p{Cc}/u.test(name) || subject === '__GLOBAL' || subject === '__EMPTY') return false
  return isConfigOrMode || context !== GLOBAL_CONTEXT
}

/** A context as it is written before subjects: nothing for the default one. */
export function scopeOf(name: string): string {
  const context = contextOf(name)
  return context === DEFAULT_CONTEXT ? '' : `:${context}:`
}

/** The same subject in the contexts that there are, where it names none: it is looked for there, too. */
export function inOtherContexts(name: string, subjects: readonly string[]): readonly string[] {
  if (contextOf(name) !== DEFAULT_CONTEXT) return []
  const scopes = new Set(subjects.map(scopeOf))
  scopes.delete('')
  return [...scopes].map((scope) => `${scope}${name}`)
}

/** Whether a subject is one of these: of a context where no subject is named (`:.context:`), of any where nothing is. */
export function isAmong(subject: string, these: string | undefined): boolean {
  if (these === undefined || subject === these) return true
  const { context, subject: name } = parseSubject(these)
  return name === '' && (context === GLOBAL_CONTEXT || context === contextOf(subject))
}
