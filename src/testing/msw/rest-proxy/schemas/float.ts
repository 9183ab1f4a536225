/** A number of four bytes with no more digits than tell it from its neighbours, as Java writes a float: 0.1, and not 0.10000000149011612. */
export function shortest(float: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(float.toPrecision(digits))
    if (Math.fround(rounded) === float) return rounded
  }
  return float
}
