/** Sets a value in a map of maps. */
export function put<Key, Value>(map: Map<string, Map<Key, Value>>, name: string, key: Key, value: Value): void {
  let inner = map.get(name)
  if (inner === undefined) {
    inner = new Map()
    map.set(name, inner)
  }
  inner.set(key, value)
}

/** What is grouped by a key, in the order of arrival. */
export function groupedBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
