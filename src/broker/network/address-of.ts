/** Where a broker is said to be; undefined: where it is. */
export type AddressOf = (nodeId: number) => { readonly host: string; readonly port: number } | undefined
