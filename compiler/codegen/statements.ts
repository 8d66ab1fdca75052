// Rewriting what statements compute, wherever expressions stand in them.
import type { ScalarExpr } from "../scalar/expr.js";
import type { Statement } from "./kernel.js";

/** The same statements with other scalar expressions. */
export function mapStatements(
  statements: readonly Statement[],
  map: (x: ScalarExpr) => ScalarExpr,
): Statement[] {
  return statements.map((s): Statement => {
    switch (s.kind) {
      case "let":
      case "var":
      case "assign":
      case "bind":
      case "store":
      case "put":
      case "subgroup":
        return { ...s, value: map(s.value) };
      case "store4":
        return { ...s, values: s.values.map(map) };
      case "when":
      case "while":
        return { ...s, condition: map(s.condition), body: mapStatements(s.body, map) };
      case "loop":
        return { ...s, body: mapStatements(s.body, map) };
      case "index":
      case "load":
      case "load4":
      case "array":
      case "take":
      case "barrier":
        return s;
    }
  });
}
