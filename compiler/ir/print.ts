// Graphs as text, the same on every run: values are called a, b, c in order.
import { showType } from "../types/tensor.js";
import { showAttrs } from "./attrs.js";
import type { Value } from "./op.js";
import type { LeafSpec, Program } from "./program.js";
import { upstream } from "./topology.js";

/** One line for each value that the outputs need, `c = mul(a, b): f32[B, D]`, then one for each output. */
export function print(program: Program): string {
  const names = new Map<Value, string>();
  const lines = upstream(program.outputs.map((o) => o.value)).map((value, i) => {
    names.set(value, letters(i));
    return `${letters(i)} = ${right(value, names)}: ${showType(value.type)}`;
  });
  const results = program.outputs.map(
    ({ name, role, value }) => `${role} ${name} = ${names.get(value) ?? "?"}`,
  );
  return [...lines, ...results].join("\n") + "\n";
}

function right(value: Value, names: ReadonlyMap<Value, string>): string {
  if (value.op.lower.kind === "leaf") {
    const { role, name } = value.attrs as LeafSpec;
    return `${role} ${name}`;
  }
  const operands = value.operands.map((operand) => names.get(operand) ?? "?");
  const attrs = showAttrs(value.attrs);
  return `${value.op.name}(${[...operands, ...(attrs === "" ? [] : [attrs])].join(", ")})`;
}

/** a, b, …, z, aa, ab, … */
const letters = (n: number): string =>
  (n < 26 ? "" : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26));
