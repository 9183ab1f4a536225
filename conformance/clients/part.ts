import type { Part } from '../part.ts'
import { memkafka } from './clusters.ts'
import { counts, exceptions, type Matrix, runMatrix, table } from './matrix.ts'
import { names, steps } from './steps.ts'

/** The clients' part of `npm run conformance`. */
export const clients: Part = {
  name: 'clients',
  about: 'programs of real clients in several languages, on one broker and on three',
  async run({ short }) {
    const matrix = await runMatrix(memkafka(), short)
    return { ...counts(matrix), section: section(matrix) }
  },
}

function section(matrix: Matrix): string {
  return `## Clients

What real clients do, each step on one broker and on three: ✓ passed, – not offered by the client, or not in the version that it
speaks.

${table(matrix)}

${names.map((step) => `- ${step}: ${steps[step]}`).join('\n')}
${exceptions(matrix)}`
}
