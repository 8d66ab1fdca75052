// Neighbouring indices of a tile, kept inside the axis they run along.
import { add, constantOf, int, min, sub, type Dim } from "../../types/dim.js";
import type { Body } from "../body.js";

/** Whether tiles of `tile` cover an axis without rest. */
export function isExact(size: Dim, tile: number): boolean {
  const known = constantOf(size);
  return known !== undefined && known % tile === 0;
}

/**
 * The indices `first`, `first + 1`, …, `count` of them, of an axis that is covered in tiles. Where the last tile reaches over
 * the edge they stop there: all together as far as the size shows that they can, so that neighbours stay neighbours, else each
 * by itself.
 */
export function ladder(
  body: Body,
  first: Dim,
  count: number,
  size: Dim,
  tile: number,
): readonly Dim[] {
  if (isExact(size, tile)) {
    const from = body.index("at", first, size);
    return range(count).map((i) => add(from, int(i)));
  }
  const together = count % 4 === 0 && isExact(size, 4) ? 4 : 1;
  return range(count / together).flatMap((turn) => {
    const at = add(first, int(turn * together));
    const from = body.index("at", min(at, sub(size, int(together))), size);
    return range(together).map((i) => add(from, int(i)));
  });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
