// What becomes of a graph when a parameter is moved by any amounts: which values move, and by what, where that is linear.
import type { Value } from "../ir/op.js";
import type { ScalarExpr } from "../scalar/expr.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { constantIn, ratioOf, type Ratio } from "./constants.js";
import { bodyOf } from "./ranges.js";

/**
 * By what a value moves: `factor` times the parameter's own move, whose axis `i` lies along axis `axes[i]` of the value and
 * which is the same along all others.
 */
export interface Shift {
  readonly num: Dim;
  readonly den: Dim;
  readonly axes: readonly number[];
}

/** How a value moves: not at all, by a multiple of the move, or in a way that is not followed. */
export type Move = Shift | "still" | "unknown";

/**
 * The value at which the move of a leaf first vanishes, where it vanishes on every way to what is computed, and always from one
 * and the same value; undefined where it arrives, goes several ways, or cannot be followed. `usersOf` gives the values that use one.
 */
export function vanishing(
  leaf: Value,
  usersOf: ReadonlyMap<Value, readonly Value[]>,
  ends: ReadonlySet<Value>,
): Value | undefined {
  const start = { num: dims.int(1), den: dims.int(1), axes: leaf.type.shape.map((_, i) => i) };
  const of = new Map<Value, Move>([[leaf, start]]);
  const waiting = new Set(usersOf.get(leaf) ?? []);
  let first: Value | undefined;
  const sources = new Set<Value | undefined>();
  while (waiting.size > 0) {
    const value = [...waiting].reduce((a, b) => (a.id < b.id ? a : b));
    waiting.delete(value);
    const move = moved(
      value,
      value.operands.map((o) => of.get(o) ?? "still"),
    );
    if (move === "unknown" || (move !== "still" && ends.has(value))) return undefined;
    of.set(value, move);
    if (move === "still") {
      first ??= value;
      sources.add(value.operands.find((o) => (of.get(o) ?? "still") !== "still"));
    } else for (const user of usersOf.get(value) ?? []) waiting.add(user);
  }
  return sources.size === 1 ? first : undefined;
}

function moved(value: Value, operands: readonly Move[]): Move {
  if (operands.includes("unknown")) return "unknown";
  switch (value.op.lower.kind) {
    case "pointwise": {
      const body = bodyOf(value);
      return body ? linear(body, operands, value) : "unknown";
    }
    case "view":
      return viewed(value, operands);
    case "reduce":
      return value.op.lower.monoid.name === "sum"
        ? summed(value, operands[0] ?? "unknown", value.op.lower.axes(value.attrs))
        : "unknown";
    default:
      return "unknown";
  }
}

// ------------------------------------------------------------------- pointwise

/** The move of a scalar expression in which the moved operands occur linearly, with factors that are known numbers. */
function linear(node: ScalarExpr, moves: readonly Move[], value: Value): Move {
  if (node.kind === "variable") return moves[Number(node.name)] ?? "still";
  if (node.kind !== "call") return "still";
  const args = node.args.map((arg) => linear(arg, moves, value));
  if (args.every((m) => m === "still")) return "still";
  const [a = "unknown", b = "unknown"] = args;
  const [left, right] = node.args;
  switch (node.fn) {
    case "add":
      return plus(a, b, 1);
    case "sub":
      return plus(a, b, -1);
    case "neg":
      return times(a, { num: dims.int(-1), den: dims.int(1) });
    case "mul":
      return b === "still" ? times(a, numberOf(right, value)) : times(b, numberOf(left, value));
    case "div": {
      const by = b === "still" ? numberOf(right, value) : undefined;
      return by ? times(a, { num: by.den, den: by.num }) : "unknown";
    }
    default:
      return "unknown";
  }
}

/** The number that an operand is everywhere, where it is a constant or a size. */
function numberOf(node: ScalarExpr | undefined, value: Value): Ratio | undefined {
  if (node?.kind === "literal") return ratioOf(node.value);
  if (node?.kind !== "variable") return undefined;
  const operand = value.operands[Number(node.name)];
  return operand && constantIn(operand);
}

const times = (move: Move, by: Ratio | undefined): Move => {
  if (move === "still" || move === "unknown" || !by)
    return by || move === "still" ? move : "unknown";
  return { ...move, num: dims.mul(move.num, by.num), den: dims.mul(move.den, by.den) };
};

function plus(a: Move, b: Move, sign: 1 | -1): Move {
  if (a === "unknown" || b === "unknown") return "unknown";
  const signed = times(b, { num: dims.int(sign), den: dims.int(1) });
  if (a === "still" || signed === "still" || signed === "unknown")
    return a === "still" ? signed : a;
  if (a.axes.join() !== signed.axes.join()) return "unknown";
  const num = dims.add(dims.mul(a.num, signed.den), dims.mul(signed.num, a.den));
  return dims.constantOf(num) === 0 ? "still" : { ...a, num, den: dims.mul(a.den, signed.den) };
}

// --------------------------------------------------------- views and reductions

/** A view that gives each axis of the move a whole axis of its own, and repeats or spreads the rest. */
function viewed(value: Value, [move = "unknown", ...others]: readonly Move[]): Move {
  const { op, operands, type, attrs } = value;
  const [source] = operands;
  if (move === "still" || move === "unknown" || others.length > 0 || !source) return "unknown";
  if (op.lower.kind !== "view") return "unknown";
  const out = type.shape.map((_, i) => dims.symbol(dims.freshSym(`i${String(i)}`)));
  const context = {
    operands: operands.map((o) => o.type),
    result: type,
    lookup: () => dims.int(0),
  };
  const pieces = op.lower.pieces(out, context, attrs);
  const [piece, ...more] = pieces;
  // Where some elements are filled in, the move is not the same along an axis.
  if (!piece || more.length > 0 || (piece.guards ?? []).length > 0) return "unknown";
  const axes = move.axes.map((axis) => {
    if (axis < 0) return axis;
    const index = piece.index[axis];
    const to = index ? out.findIndex((sym) => dims.same(sym, index)) : -1;
    const [from, size] = [source.type.shape[axis], type.shape[to]];
    if (from && dims.constantOf(from) === 1 && to < 0) return -1;
    return from && size && dims.same(from, size) ? to : undefined;
  });
  if (axes.some((axis) => axis === undefined)) return "unknown";
  return { ...move, axes: axes.map((axis) => axis ?? -1) };
}

/** Sums over axes along which the move is the same multiply it; sums over its own axes are not followed. */
function summed(value: Value, move: Move, over: readonly number[]): Move {
  const [source] = value.operands;
  if (move === "still" || move === "unknown" || !source) return move;
  if (over.some((axis) => move.axes.includes(axis))) return "unknown";
  const count = dims.mul(...over.map((axis) => source.type.shape[axis] ?? dims.int(1)));
  const axes = move.axes.map((axis) =>
    axis < 0 ? axis : axis - over.filter((o) => o < axis).length,
  );
  return { ...move, num: dims.mul(move.num, count), axes };
}
