// Whether two ways to compute a kernel give the same but for rounding.
import type { ElementType } from "../../runtime/format.js";

/** Rounding of one operation. */
const unit: Readonly<Record<ElementType, number>> = {
  f32: 2 ** -23,
  f16: 2 ** -10,
  i32: 0,
  u32: 0,
  bool: 0,
};

/** Roundings that what comes before and after a sum may add, as multiples of those of its terms. */
const room = 32;

/** How far a result may be away, relative to the largest number of the tensor: sums in another order, of so many terms. */
export const toleranceOf = (dtype: ElementType, terms: number): number =>
  unit[dtype] * room * Math.sqrt(Math.max(1, terms));

/** Whether all numbers agree; what is not finite must be so in both. */
export function agree(
  wanted: ArrayLike<number>,
  found: ArrayLike<number>,
  tolerance: number,
): boolean {
  if (wanted.length !== found.length) return false;
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const size = Math.abs(wanted[i] ?? 0);
    if (Number.isFinite(size) && size > most) most = size;
  }
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [wanted[i] ?? NaN, found[i] ?? NaN];
    if (Number.isFinite(a) !== Number.isFinite(b)) return false;
    if (Number.isFinite(a) && Math.abs(a - b) > tolerance * most) return false;
  }
  return true;
}
