export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** 'AddPartitionsToTxn' -> 'add-partitions-to-txn' */
export function kebab(name: string): string {
  return name
    .replace('KRaft', 'Kraft')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}
