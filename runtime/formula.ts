// Evaluates formulas of the artifact.
import type { Formula } from "./format.js";

/** The value of a formula under the values of symbols. */
export function evaluate(formula: Formula, symbols: readonly number[]): number {
  if (typeof formula === "number") return formula;
  if (formula[0] === "sym") {
    const value = symbols[formula[1]];
    if (value === undefined) throw new Error(`symbol ${String(formula[1])} has no value`);
    return value;
  }
  const [kind, ...parts] = formula;
  const [first = 0, ...rest] = parts.map((p) => evaluate(p, symbols));
  return rest.reduce((a, b) => apply(kind, a, b), first);
}

function apply(
  kind: "add" | "mul" | "floor" | "min" | "max" | "pow",
  a: number,
  b: number,
): number {
  switch (kind) {
    case "add":
      return a + b;
    case "mul":
      return a * b;
    case "floor":
      return Math.floor(a / b);
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
    case "pow":
      return a ** b;
  }
}
