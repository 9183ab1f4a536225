import { expect, it } from 'vitest'
import { usingDeclarations } from '../../tools/using-declarations.ts'

it('finds every declaration with `using`', () => {
  const source = `
    { using lock = take() }
    async function read() {
      await using file = await open()
      for (await using row of rows()) row.print()
    }`
  expect(usingDeclarations('a.js', source)).toEqual([
    'using lock = take()',
    'await using file = await open()',
    'await using row',
  ])
})

it('takes no other mention of `using` for one', () => {
  const source = `
    // using nothing = here
    const using = 'using text = in a string'
    const lock = { using }
    for (let using of []) lock.using(using)`
  expect(usingDeclarations('a.js', source)).toEqual([])
})
