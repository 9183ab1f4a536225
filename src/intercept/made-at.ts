/** What was on the stack, of which V8 makes no text before someone reads it. */
export interface Stack {
  readonly stack?: string
}

/**
 * Where something was made, `file:line:column`: the first line of the stack, unless that is one of this package, which made it by itself then, as exploring
 * makes the handlers of a schedule. Then it is the first line that is nobody's package, if there is one.
 * @param own the folder of this package's code, as {@link folderOf} tells it
 */
export function madeAt({ stack = '' }: Stack, own: string | undefined = ownFolder()): string {
  const places = placesOf(stack)
  const [first = 'an unknown place'] = places
  if (own === undefined || !plain(first).startsWith(own)) return first
  const isOthers = (place: string): boolean => /^node:|\/node_modules\//.test(place)
  return places.find((place) => !plain(place).startsWith(own) && !isOthers(plain(place))) ?? 'memkafka itself'
}

/**
 * The folder of the package's code by one of its files: of the sources, or of what is made of them, be it ES modules or CommonJS. Undefined where it is
 * part of something else, such as a program in one file.
 */
export function folderOf(file: string): string | undefined {
  return /^(.*\/)(?:intercept\/made-at\.ts|(?<=\/memkafka\/dist\/)(?:[\w-]+\/)*[\w.-]+\.js)(?::\d+)*$/.exec(
    plain(file),
  )?.[1]
}

function placesOf(stack: string): string[] {
  const lines = stack.split('\n').filter((line) => /^\s*at /.test(line))
  return lines.map((line) => line.replace(/^\s*at (?:.*\((.*)\)|(?:async )?(.*))$/, '$1$2'))
}

/** A path as such, whichever way the module was loaded, and with one kind of slashes. */
function plain(place: string): string {
  return place.replace(/^file:\/\//, '').replaceAll('\\', '/')
}

/** Where this very file is: what no `import.meta` tells in the CommonJS build. */
function ownFolder(): string | undefined {
  return folderOf(placesOf(String(new Error().stack))[0] ?? '')
}
