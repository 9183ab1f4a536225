import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheFolder, root, run, runJest } from './clone.ts'

// Nest 12 is ES modules, and jest requires those from this Node.js on.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const canRequireNest = major > 24 || (major === 24 && minor >= 9)

test.runIf(canRequireNest)(
  'a NestJS service is tested on jest, as its template has it, and leaves nothing open',
  async ({ signal }) => {
    const { code, stderr, tests } = await runJest('examples/nestjs', signal, ['--experimental-vm-modules'])
    expect(tests, stderr).toEqual({
      'a request is answered': 'passed',
      'who asks is told what went wrong': 'passed',
      'an event is handled': 'passed',
      'an event whose handler failed is handled again': 'passed',
      'both go on when their coordinator moves, and when a broker restarts': 'passed',
      'nothing is left when both are closed': 'passed',
    })
    expect(stderr).not.toContain('did not exit')
    expect(code).toBe(0)
  },
)

test('its types are right', async ({ signal }) => {
  using folder = cacheFolder()
  const config = {
    extends: join(root, 'examples/nestjs/tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      // Which would leave a file in the example's folder.
      incremental: false,
      rootDir: root,
      lib: ['es2024', 'esnext.disposable'],
      typeRoots: [join(root, 'node_modules/@types')],
      // The sources of this clone, which are checked by their own, stricter, settings elsewhere.
      paths: { memkafka: [join(root, 'src/index.ts')] },
      allowImportingTsExtensions: true,
    },
    include: ['src', 'test'].map((part) => join(root, 'examples/nestjs', part)),
  }
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(config))
  const { stdout } = await run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder.path], '.', signal)
  expect(stdout).toBe('')
})
