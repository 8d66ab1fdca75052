// How one value is computed from its operands, by the kind of its lowering.
import { InternalError } from "../ir/internal-error.js";
import type { ContractSpec, Guard, Lowering, Piece, Value } from "../ir/op.js";
import { scalarBuilder, variable } from "../scalar/expr.js";
import * as dims from "../types/dim.js";
import type { Dim, Sym } from "../types/dim.js";
import { contractTensors } from "./contract.js";
import { loopOf, offsetText, openLoops, runLoop, Writer } from "./source.js";
import { count, get, strides, zeros, type Tensor } from "./tensor.js";

/** The number that a dim is in this run. */
export type SizeOf = (d: Dim) => number;

/** Computes a value: made once for a program, run for each binding of its sizes. */
export type Runner = (
  operands: readonly Tensor[],
  shape: readonly number[],
  sizeOf: SizeOf,
) => Tensor;

type Kind<K extends Lowering["kind"]> = Extract<Lowering, { kind: K }>;

/** Prepares a value that is no leaf. */
export function runnerOf(value: Value): Runner {
  const { lower } = value.op;
  switch (lower.kind) {
    case "pointwise":
      return pointwise(value, lower);
    case "view":
      return view(value, lower);
    case "reduce":
      return reduce(value, lower);
    case "contract": {
      const spec: ContractSpec = lower.spec(value.attrs);
      return ([a, b], shape) => contractTensors(present(a), present(b), spec, shape);
    }
    case "scatter":
      return scatter;
    case "leaf":
    case "scan":
    case "fused":
      throw new InternalError(`a ${lower.kind} is not computed by itself`, value.spans);
  }
}

function present(tensor: Tensor | undefined): Tensor {
  if (!tensor) throw new InternalError("an operand is missing");
  return tensor;
}

const sizesOf = (writer: Writer, sizeOf: SizeOf): number[] =>
  writer.sizes.map((sym) => sizeOf(dims.symbol(sym)));

/** Index symbols `i0, i1, …` for the axes of a shape. */
function loopIndices(writer: Writer, shape: readonly Dim[]): Dim[] {
  return shape.map((size, i) => named(writer, `i${String(i)}`, size));
}

function named(writer: Writer, name: string, bound: Dim): Dim {
  const sym: Sym = dims.freshSym(name, "index", undefined, bound);
  writer.bind(sym, name);
  return dims.symbol(sym);
}

/** Row-major index of the element at an index. */
const linearize = (index: readonly Dim[], shape: readonly Dim[]): Dim =>
  index.reduce((acc, d, i) => dims.add(dims.mul(acc, shape[i] ?? dims.int(1)), d), dims.int(0));

const operandNames = (many: number): string =>
  Array.from({ length: many }, (_, i) => `const x${String(i)} = x[${String(i)}];`).join(" ");

function pointwise(value: Value, lower: Kind<"pointwise">): Runner {
  const writer = new Writer();
  const { shape, dtype } = value.type;
  const at = loopIndices(writer, shape);
  const args = value.operands.map((o, i) => variable(`x${String(i)}[p]`, o.type.dtype));
  const body = lower.body(
    scalarBuilder(at, named(writer, "p", dims.numel(shape))),
    args,
    value.attrs,
  );
  const result = writer.scalar(body, (name) => name);
  const inside = `${writer.statements.join(" ")} out[p] = ${result};`;
  const isFlat = [...writer.used].every((name) => name === "p");
  const text = isFlat
    ? `for (let p = 0, m = out.length; p < m; p++) { ${inside} }`
    : `let p = 0;\n${openLoops(shape.length)} { ${inside} p++; }`;
  const loop = loopOf(`${operandNames(args.length)}\n${text}`);
  return (operands, sizes, sizeOf) => {
    const out = zeros(dtype, sizes);
    runLoop(
      loop,
      out.data,
      operands.map((o) => o.data),
      sizes,
      sizesOf(writer, sizeOf),
    );
    return out;
  };
}

function view(value: Value, lower: Kind<"view">): Runner {
  const writer = new Writer();
  const { shape, dtype } = value.type;
  const operandTypes = value.operands.map((o) => o.type);
  const out = loopIndices(writer, shape);
  /** Where the strides of each operand start in `n`. */
  const starts: number[] = [];
  let next = shape.length;
  for (const type of operandTypes) {
    starts.push(next);
    next += type.shape.length;
  }
  const element = (operand: number, index: readonly Dim[]): string =>
    `x${String(operand)}[${offsetText(
      index.map((d) => writer.dim(d)),
      get(starts, operand),
    )}]`;
  const lookup = (operand: number, index: readonly Dim[], bound: Dim): Dim => {
    const name = writer.let(`tools.clamp(${element(operand, index)}, ${writer.dim(bound)})`);
    return named(writer, name, bound);
  };
  const context = { operands: operandTypes, result: value.type, lookup };
  const pieces = lower.pieces(out, context, value.attrs);
  if (isAlias(pieces, value, out)) return ([x], sizes) => ({ ...present(x), dtype, shape: sizes });

  const choices = pieces.map(({ operand, index, guards = [] }) => {
    const store = `out[p] = ${element(operand, index)};`;
    return guards.length === 0 ? `{ ${store} }` : `if (${guardText(writer, guards)}) { ${store} }`;
  });
  const fill = lower.fill?.(value.attrs) ?? 0;
  const isTotal = pieces.some(({ guards = [] }) => guards.length === 0);
  const chain = [...choices, ...(isTotal ? [] : [`out[p] = ${String(fill)};`])].join(" else ");
  const loop = loopOf(
    `${operandNames(operandTypes.length)} let p = 0;\n${openLoops(shape.length)} { ${writer.statements.join(" ")} ${chain} p++; }`,
  );
  return (operands, sizes, sizeOf) => {
    const made = zeros(dtype, sizes);
    const numbers = [...sizes, ...operands.flatMap((o) => strides(o.shape))];
    runLoop(
      loop,
      made.data,
      operands.map((o) => o.data),
      numbers,
      sizesOf(writer, sizeOf),
    );
    return made;
  };
}

/** Whether a view reads every element at its own place, as a reshape does: then nothing is copied. */
function isAlias(pieces: readonly Piece[], value: Value, out: readonly Dim[]): boolean {
  const [only] = pieces;
  const x = only ? value.operands[only.operand] : undefined;
  if (!only || !x || pieces.length > 1 || value.operands.length > 1 || only.guards?.length)
    return false;
  const { shape } = value.type;
  return (
    dims.same(dims.numel(x.type.shape), dims.numel(shape)) &&
    dims.same(linearize(only.index, x.type.shape), linearize(out, shape))
  );
}

const guardText = (writer: Writer, guards: readonly Guard[]): string =>
  guards
    .map((guard) => {
      const value = writer.dim(guard.value);
      return guard.kind === "multiple"
        ? `(${value}) % (${writer.dim(guard.of)}) === 0`
        : `(${value}) >= 0 && (${value}) < (${writer.dim(guard.size)})`;
    })
    .join(" && ");

function reduce(value: Value, lower: Kind<"reduce">): Runner {
  const writer = new Writer();
  const [x] = value.operands;
  if (!x) throw new InternalError("a reduction has one operand", value.spans);
  const axes = new Set(lower.axes(value.attrs));
  const { dtype } = value.type;
  const rank = x.type.shape.length;
  const combined = lower.monoid.combine(
    scalarBuilder([], dims.int(0)),
    variable("out[o]", dtype),
    variable("x0[p]", dtype),
  );
  const result = writer.scalar(combined, (name) => name);
  const offset = offsetText(
    Array.from({ length: rank }, (_, i) => `i${String(i)}`),
    rank,
  );
  const loop = loopOf(
    `const x0 = x[0]; let p = 0;\n${openLoops(rank)} { const o = ${offset}; ${writer.statements.join(" ")} out[o] = ${result}; p++; }`,
  );
  const start = lower.monoid.identity(dtype);
  return ([tensor], sizes) => {
    const { shape, data } = present(tensor);
    const out = zeros(dtype, sizes);
    if (start !== 0) out.data.fill(start);
    const kept = strides(sizes);
    let next = 0;
    // A stride of 0 makes the elements along an axis meet in one.
    const steps = shape.map((_, axis) => (axes.has(axis) ? 0 : get(kept, next++)));
    runLoop(loop, out.data, [data], [...shape, ...steps], []);
    return out;
  };
}

const scatter: Runner = ([updates, ids], shape) => {
  const [rows, numbers] = [present(updates), present(ids).data];
  const out = zeros(rows.dtype, shape);
  const width = count(shape.slice(1));
  const last = (shape[0] ?? 1) - 1;
  for (let i = 0; i < numbers.length; i++) {
    const to = Math.max(0, Math.min(get(numbers, i), last)) * width;
    for (let j = 0; j < width; j++) {
      out.data[to + j] = get(out.data, to + j) + get(rows.data, i * width + j);
    }
  }
  return out;
};
