// Which floats a declaration is made for: all, positive ones, or those between 0 and 1.
import { isFloat } from "../../../compiler/types/dtype.js";
import type { Case, DrawnTensor } from "../case.js";

/** Floats that inputs may be, the widest first. */
export const domains = ["any number", "positive numbers", "numbers between 0 and 1"] as const;
export type Domain = (typeof domains)[number];

/** A drawn number brought into a domain; what lies in it already stays nearly as it is. */
export function into(domain: Domain, x: number): number {
  switch (domain) {
    case "any number":
      return x;
    case "positive numbers":
      return Math.max(Math.abs(x), 1e-3);
    case "numbers between 0 and 1": {
      const part = Math.abs(x) % 1;
      return Math.min(Math.max(part, 0.02), 0.98);
    }
  }
}

/** A case with all its floats in a domain, in the precision in which devices take them. */
export function caseIn(domain: Domain, drawn: Case): Case {
  if (domain === "any number") return drawn;
  const moved = (tensor: DrawnTensor): DrawnTensor =>
    isFloat(tensor.dtype)
      ? { ...tensor, data: tensor.data.map((x) => Math.fround(into(domain, x))) }
      : tensor;
  return {
    ...drawn,
    tensors: new Map([...drawn.tensors].map(([name, tensor]) => [name, moved(tensor)])),
  };
}
