// Binds the free dims of an entry to the shapes of given inputs, and checks all that its signature demands.
import type { GuardSpec, InputSpec, Signature } from "../../compiler/ir/program.js";
import { evaluate, show, symOf, symsOf, type Dim, type Sym } from "../../compiler/types/dim.js";
import { showShape } from "../../compiler/types/tensor.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";

/** Extents of dims. */
export type Extents = ReadonlyMap<Sym, number>;

/** Checks names, dtypes, shapes, integer bounds and guards of a call; gives the extents its shapes bind. */
export function bindCall(entry: string, signature: Signature, inputs: Tensors): Extents {
  checkNames(entry, signature, inputs);
  const extents = new Map<Sym, number>();
  const given = signature.inputs.filter(({ role }) => role === "input").map((spec) => [spec, tensorOf(inputs, spec)] as const);
  for (const [spec, tensor] of given) checkKind(spec, tensor);
  for (const [spec, tensor] of given) bindAxes(spec, tensor, extents);
  for (const [spec, tensor] of given) checkShape(spec, tensor, extents);
  for (const guard of signature.guards) checkGuard(guard, extents);
  for (const [spec, tensor] of given) checkBounds(spec, tensor, extents);
  return extents;
}

/** The extent of a dim, which the shapes of the inputs have bound. */
export function extentOf(d: Dim, extents: Extents): number {
  const extent = evaluate(d, (sym) => extents.get(sym));
  if (extent === undefined) throw dataFault("unbound-dim", `no input says how large \`${show(d)}\` is`);
  return extent;
}

/** Extents of a shape. */
export const extentsOf = (shape: readonly Dim[], extents: Extents): number[] => shape.map((d) => extentOf(d, extents));

function checkNames(entry: string, { inputs: specs }: Signature, inputs: Tensors): void {
  const wanted = specs.filter(({ role }) => role === "input").map(({ name }) => name);
  const missing = wanted.filter((name) => !inputs.has(name));
  const extra = [...inputs.keys()].filter((name) => !wanted.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  const problems = [
    ...missing.map((name) => `the input \`${name}\` is missing`),
    ...extra.map((name) => `there is no input \`${name}\``),
  ];
  const takes = wanted.length === 0 ? "no inputs" : wanted.map((name) => `\`${name}\``).join(", ");
  throw dataFault("wrong-inputs", problems.join("; "), `\`${entry}\` takes ${takes}`);
}

function tensorOf(inputs: Tensors, { name }: InputSpec): HostTensor {
  const tensor = inputs.get(name);
  if (!tensor) throw dataFault("wrong-inputs", `the input \`${name}\` is missing`);
  return tensor;
}

function checkKind(spec: InputSpec, { dtype, shape }: HostTensor): void {
  const declared = `\`${spec.name}\` is declared as ${spec.dtype}${showShape(spec.shape)}`;
  if (dtype !== spec.dtype) {
    throw dataFault("input-dtype", `${declared}, but ${dtype} was given`, `store it as ${spec.dtype}`);
  }
  if (shape.length !== spec.shape.length) {
    throw dataFault("input-shape", `${declared}, but a tensor of shape [${shape.join(", ")}] was given`);
  }
}

function bindAxes(spec: InputSpec, { shape }: HostTensor, extents: Map<Sym, number>): void {
  spec.shape.forEach((d, axis) => {
    const sym = symOf(d);
    if (sym && !extents.has(sym)) extents.set(sym, shape[axis] ?? 0);
  });
  spec.shape.forEach((d, axis) => {
    const unknown = [...symsOf(d)].filter((sym) => !extents.has(sym));
    const [only] = unknown;
    if (!only || unknown.length > 1) return;
    const solved = solve(d, only, shape[axis] ?? 0, extents);
    if (solved !== undefined) extents.set(only, solved);
  });
}

/** The non-negative integer at which a dim that is linear in `sym` has this extent. */
function solve(d: Dim, sym: Sym, extent: number, extents: Extents): number | undefined {
  const at = (value: number): number | undefined => evaluate(d, (s) => (s === sym ? value : extents.get(s)));
  const [zero, one] = [at(0), at(1)];
  if (zero === undefined || one === undefined || one === zero) return undefined;
  const solution = (extent - zero) / (one - zero);
  return Number.isInteger(solution) && solution >= 0 && at(solution) === extent ? solution : undefined;
}

function checkShape(spec: InputSpec, { shape }: HostTensor, extents: Extents): void {
  spec.shape.forEach((d, axis) => {
    const extent = evaluate(d, (sym) => extents.get(sym));
    if (extent === shape[axis]) return;
    const declared = `\`${spec.name}\` is declared as ${spec.dtype}${showShape(spec.shape)}`;
    const wanted = extent === undefined ? `no size of its dims gives` : `\`${show(d)}\` is ${String(extent)} here, not`;
    throw dataFault(
      "input-shape",
      `${declared}, but a tensor of shape [${shape.join(", ")}] was given: ${wanted} ${String(shape[axis])} for axis ${String(axis)}`,
    );
  });
}

const relations: Readonly<Record<GuardSpec["relation"], (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<=": (a, b) => a <= b,
  "<": (a, b) => a < b,
};

function checkGuard(guard: GuardSpec, extents: Extents): void {
  const left = extentOf(guard.left, extents);
  const right = extentOf(guard.right, extents);
  if (relations[guard.relation](left, right)) return;
  throw dataFault("guard", `\`${guard.text}\` does not hold: ${String(left)} ${guard.relation} ${String(right)} is false`, "give inputs of other shapes");
}

function checkBounds(spec: InputSpec, { data }: HostTensor, extents: Extents): void {
  if (!spec.below) return;
  const below = extentOf(spec.below, extents);
  const bad = data.findIndex((x) => (x < 0 || x >= below) && x !== spec.except);
  if (bad < 0) return;
  const range = `must lie in 0..${String(below)} (\`${show(spec.below)}\`)`;
  throw dataFault("index-out-of-range", `element ${String(bad)} of \`${spec.name}\` is ${String(data[bad])}, but ${range}`);
}
