/**
 * Runs this part alone: `node conformance/client/security/main.ts [--short]`.
 */
import { readCommandLine } from '../../command-line.ts'
import { clientSecurity } from './part.ts'

const { values } = readCommandLine({ options: { short: { type: 'boolean', default: false } } })
const { passed, failed, notRun } = await clientSecurity.run({ short: values.short })
for (const line of notRun) console.log(`not run: ${line}`)
console.log(`${passed} passed, ${failed} failed, ${notRun.length} not run`)
if (failed > 0) process.exitCode = 1
