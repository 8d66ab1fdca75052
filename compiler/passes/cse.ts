// Common subexpressions: equal uses of an op on equal operands become one value.
import { attrKey } from "../ir/print.js";
import type { Attrs, Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";

/** Computes each thing once. Every op is a function of operands and attributes, the random ones too. */
export function cse(program: Program): Program {
  const known = new Map<string, Value>();
  const keys = new WeakMap<Attrs, string>();
  return rewrite(program, (value, operands, graph) => {
    const attrs = keys.get(value.attrs) ?? attrKey(value.attrs);
    keys.set(value.attrs, attrs);
    const key = `${value.op.name}|${operands.map((o) => o.id).join(",")}|${attrs}`;
    const found = known.get(key) ?? again(value, operands, graph);
    known.set(key, found);
    return found;
  });
}
