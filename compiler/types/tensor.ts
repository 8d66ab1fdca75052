// Tensor types: an element type and a shape of symbolic dims.
import { numel, same, show, symOf, type Dim } from "./dim.js";
import type { Dtype } from "./dtype.js";

/**
 * The type of a tensor. While a declaration is checked for all ranks, a pack stands as one axis whose
 * dim is a `pack` symbol (the product of the dims it stands for); a graph never contains packs.
 */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

export const tensor = (dtype: Dtype, shape: readonly Dim[]): TensorType => ({ dtype, shape });

/** Whether an axis stands for a pack. */
export const isPack = (d: Dim): boolean => symOf(d)?.kind === "pack";

/** Equal shapes by canonical form. */
export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => same(d, b[i] ?? d));

/** Number of elements. */
export const elements = (t: TensorType): Dim => numel(t.shape);

/** `f32[B, T, 3 * D]`. */
export const showType = (t: TensorType): string => `${t.dtype}${showShape(t.shape)}`;

/** `[B, T, 3 * D]`. */
export const showShape = (shape: readonly Dim[]): string => `[${shape.map(showAxis).join(", ")}]`;

/** One axis; a pack shows its dots and, when named, its name. */
export function showAxis(d: Dim): string {
  const sym = symOf(d);
  if (sym?.kind !== "pack") return show(d);
  return sym.name.startsWith("...") ? sym.name : `...${sym.name}`;
}
