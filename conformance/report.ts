const head = `# Conformance

Where memkafka was held against Kafka, and what came of it. \`npm run conformance\` runs it all, as far as the machine has Java,
Maven, Go, Python, gcc and Cargo, and writes this page; \`conformance/README.md\` tells how it works.
`

/** docs/conformance.md, made of the sections of the parts. */
export function page(sections: readonly string[]): string {
  return `${[head, ...sections].map((section) => section.trim()).join('\n\n')}\n`
}
