const head = `# Conformance

Where memkafka was held against Kafka, and what came of it. \`npm run conformance\` runs it all, as far as the machine has Java,
Maven, Go, Python, gcc and Cargo, and writes this page; \`conformance/README.md\` tells how it works.
`

/** docs/conformance.md, made of the sections of the parts. */
export function page(sections: readonly string[]): string {
  return `${[head, ...sections].map((section) => section.trim()).join('\n\n')}\n`
}

/** The page with the sections of some parts as they are now: those that it has, by their headings, are replaced; others come last. */
export function updated(before: string, sections: readonly string[]): string {
  const [, ...kept] = before.split(/^(?=## )/m)
  for (const section of sections) {
    const place = kept.findIndex((old) => headingOf(old) === headingOf(section))
    if (place < 0) kept.push(section)
    else kept[place] = section
  }
  return page(kept)
}

function headingOf(section: string): string | undefined {
  return section.trim().split('\n')[0]
}
