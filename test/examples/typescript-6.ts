/** ts-jest asks for the compiler's API, which TypeScript 7 has not: what requires `typescript` gets version 6. To be preloaded by `--import`. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier === 'typescript' ? 'typescript-6' : specifier, context),
})
