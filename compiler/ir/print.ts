// Graphs and attributes as text, the same on every run: values are called a, b, c in order.
import { show, type Dim } from "../types/dim.js";
import { showType } from "../types/tensor.js";
import type { Attrs, Value } from "./op.js";
import type { LeafSpec, Program } from "./program.js";
import { upstream } from "./topology.js";

/** How dims are spelled. */
type DimText = (d: Dim) => string;

/** One line for each value that the outputs need, `c = mul(a, b): f32[B, D]`, then one for each output. */
export const print = (program: Program): string => lines(program, show).join("\n") + "\n";

/** Text that is equal exactly where attributes mean the same. */
export const attrKey = (attrs: Attrs): string => fields(attrs, (d) => d.key);

/** Text for people: `axes = [1], shape = [B, 3 * D]`. */
export const showAttrs = (attrs: Attrs): string => fields(attrs, show);

function lines(program: Program, dimText: DimText): string[] {
  const names = new Map<Value, string>();
  const values = upstream(program.outputs.map((o) => o.value)).map((value, i) => {
    names.set(value, letters(i));
    return `${letters(i)} = ${right(value, names, dimText)}: ${typeText(value, dimText)}`;
  });
  const results = program.outputs.map(
    ({ name, role, value }) => `${role} ${name} = ${names.get(value) ?? "?"}`,
  );
  return [...values, ...results];
}

const typeText = ({ type }: Value, dimText: DimText): string =>
  dimText === show ? showType(type) : `${type.dtype}[${type.shape.map(dimText).join(", ")}]`;

function right(value: Value, names: ReadonlyMap<Value, string>, dimText: DimText): string {
  if (value.op.lower.kind === "leaf") {
    const { role, name } = value.attrs as LeafSpec;
    return `${role} ${name}`;
  }
  const operands = value.operands.map((operand) => names.get(operand) ?? "?");
  const attrs = fields(value.attrs, dimText);
  return `${value.op.name}(${[...operands, ...(attrs === "" ? [] : [attrs])].join(", ")})`;
}

const isDim = (x: object): x is Dim => "terms" in x && "key" in x;
const isProgram = (x: object): x is Program => "graph" in x && "outputs" in x;

const write = (x: unknown, dimText: DimText): string => {
  if (typeof x === "string") return JSON.stringify(x);
  if (Array.isArray(x)) return `[${x.map((part) => write(part, dimText)).join(", ")}]`;
  if (typeof x !== "object" || x === null) return Object.is(x, -0) ? "-0" : String(x);
  if (isProgram(x)) return `{ ${lines(x, dimText).join("; ")} }`;
  return isDim(x) ? dimText(x) : `{ ${fields(x, dimText)} }`;
};

const fields = (attrs: object, dimText: DimText): string =>
  Object.entries(attrs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, x]) => `${name} = ${write(x, dimText)}`)
    .join(", ");

/** a, b, …, z, aa, ab, … */
const letters = (n: number): string =>
  (n < 26 ? "" : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26));
