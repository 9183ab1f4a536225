/** How many names are told one by one. */
export const TOLD = 10

/** Names one after the other, cut off where there are too many. */
export function listed(names: readonly string[], separator = ', '): string {
  const more = names.length > TOLD ? ` and ${names.length - TOLD} more` : ''
  return names.slice(0, TOLD).join(separator) + more
}
