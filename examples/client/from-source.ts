/** In a clone the programs import memkafka by its name, as its users do, and get the sources: `node --import ./examples/client/from-source.ts …` */
import { registerHooks } from 'node:module'

const sources: Readonly<Record<string, string>> = {
  memkafka: '../../src/index.ts',
  'memkafka/client': '../../src/client/index.ts',
  'memkafka/testing': '../../src/testing/index.ts',
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = sources[specifier]
    return nextResolve(source === undefined ? specifier : new URL(source, import.meta.url).href, context)
  },
})
