// Computes with halves in float32: in a finished kernel nothing but bindings knows of them.
import { call, convert, mapScalar, type ScalarExpr } from "../scalar/expr.js";
import { computedIn } from "../types/dtype.js";
import type { Kernel, Statement } from "./kernel.js";
import { mapStatements } from "./statements.js";

/** What of a kernel names dtypes of numbers that it computes with. */
type Computing = Pick<Kernel, "bindings" | "body" | "shared" | "words">;

/**
 * The same kernel with numbers in float32 where they were halves. What is converted to a half is rounded to one there; what else
 * is a half is rounded when it is stored, so that what one kernel does in several steps loses less.
 */
export function withWideNumbers({ bindings, body, shared, words }: Computing): Computing {
  const done = new Map<ScalarExpr, ScalarExpr>();
  const widened = mapStatements(body, (x) => mapScalar(x, wide, done));
  return {
    bindings,
    body: retyped(widened, (binding) => bindings[binding]?.dtype === "f16"),
    shared: shared.map((array) => ({ ...array, dtype: computedIn(array.dtype) })),
    words: words.map((word) =>
      word.kind === "scalar" ? { ...word, dtype: computedIn(word.dtype) } : word,
    ),
  };
}

/** A node whose arguments are wide already. */
function wide(node: ScalarExpr): ScalarExpr {
  if (node.kind === "dim") return node;
  if (node.kind !== "call" || node.fn !== "convert")
    return node.dtype === "f16" ? { ...node, dtype: "f32" } : node;
  const [x] = node.args;
  if (!x) return node;
  // Of a half there is no conversion to a half, so what is converted was none.
  return node.dtype === "f16" ? call("half", convert(x, "f32")) : convert(x, node.dtype);
}

/** The dtypes that statements themselves name; memory rounds, so what is about to be stored in half need not be. */
function retyped(
  statements: readonly Statement[],
  isHalf: (binding: number) => boolean,
  unrounded: Map<string, ScalarExpr> = new Map(),
): Statement[] {
  return statements.map((s): Statement => {
    if ("body" in s) return { ...s, body: retyped(s.body, isHalf, unrounded) };
    if (s.kind === "let" && s.value.kind === "call" && s.value.fn === "half") {
      const [given] = s.value.args;
      if (given) unrounded.set(s.name, given);
    }
    // What was rounded may be of a local that is something else from here on.
    if (s.kind === "assign") unrounded.clear();
    if (s.kind === "store" && isHalf(s.binding)) {
      const known = s.value.kind === "variable" ? unrounded.get(s.value.name) : undefined;
      return known ? { ...s, value: known } : s;
    }
    return "dtype" in s ? { ...s, dtype: computedIn(s.dtype) } : s;
  });
}
