// Computes one element of a value in a kernel: folds pointwise bodies, follows views, loads what is in memory.
import type { Guard, Piece, Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import {
  call,
  convert,
  dimExpr,
  literal,
  scalarBuilder,
  variable,
  type ScalarExpr,
} from "../scalar/expr.js";
import { add, constantOf, int, mod, sub, substitute, type Dim } from "../types/dim.js";
import type { Body } from "./body.js";
import { linearize } from "../types/place.js";
import { isNonNegative } from "./wgsl/dim.js";

/** What a kernel knows about the values it does not compute itself. */
export interface Sources {
  /** Binding of a value that is read from memory, and the element at which it starts there; undefined for one that is computed here. */
  sourceOf(value: Value): { readonly binding: number; readonly from: Dim } | undefined;
  /** Local name of a leaf that travels in the uniform block. */
  scalarOf(spec: LeafSpec): string;
}

/** Elements of values within one body. */
export class Elements {
  readonly body: Body;
  /** Whether any of the values that were asked for or said are halves. */
  hasHalves = false;
  readonly #sources: Sources;
  /** Results of reductions and contractions, under value and place. */
  readonly #results = new Map<string, ScalarExpr>();
  /** The element of each such value that was said last: the one at the kernel's own place. */
  readonly #own = new Map<Value, ScalarExpr>();

  constructor(body: Body, sources: Sources) {
    this.body = body;
    this.#sources = sources;
  }

  /** Says what an element of a value is, for the rest of the body. */
  define(value: Value, at: readonly Dim[], result: ScalarExpr): void {
    this.hasHalves ||= value.type.dtype === "f16";
    this.#results.set(keyOf(value, at), result);
    this.#own.set(value, result);
  }

  /** The element of `value` at one index for each axis. */
  at(value: Value, at: readonly Dim[]): ScalarExpr {
    this.hasHalves ||= value.type.dtype === "f16";
    const key = keyOf(value, at);
    const result = this.#results.get(key);
    if (result) return result;
    const source = this.#sources.sourceOf(value);
    if (source) {
      const { dtype, shape } = value.type;
      const place = this.body.reduced(add(linearize(at, shape), source.from));
      return this.body.load(source.binding, place, dtype, String(value.id));
    }
    return this.body.name(key, () => this.#compute(value, at));
  }

  /** An integer as `i32`, brought into [0, bound). */
  clamped(value: ScalarExpr, bound: Dim): ScalarExpr {
    const last = dimExpr(this.body.settle(sub(bound, int(1))));
    return call("max", literal(0, "i32"), call("min", convert(value, "i32"), last));
  }

  #compute(value: Value, at: readonly Dim[]): ScalarExpr {
    const { lower } = value.op;
    const { dtype, shape } = value.type;
    switch (lower.kind) {
      case "leaf": {
        const spec = value.attrs as LeafSpec;
        return variable(this.#sources.scalarOf(spec), spec.dtype);
      }
      case "pointwise": {
        const args = value.operands.map((operand) => this.at(operand, at));
        return convert(
          lower.body(scalarBuilder(at, linearize(at, shape)), args, value.attrs),
          dtype,
        );
      }
      case "view":
        return this.#view(value, at);
      case "reduce":
      case "contract":
      case "scatter":
      case "scan":
      case "fused": {
        // Fusion joins only what reads a result at the kernel's own place, so a place written in another form is the same one.
        const own = this.#own.get(value);
        if (own) return own;
        throw new Error(`\`${value.op.name}\` is not computed in this kernel at this place`);
      }
    }
  }

  #view(value: Value, at: readonly Dim[]): ScalarExpr {
    const { lower } = value.op;
    if (lower.kind !== "view") throw new Error("not a view");
    const pieces = lower.pieces(at, this.#viewContext(value), value.attrs);
    const complete = pieces.findIndex((piece) => (piece.guards ?? []).every(alwaysHolds));
    const tried = complete < 0 ? pieces : pieces.slice(0, complete + 1);
    const last = complete < 0 ? undefined : tried[tried.length - 1];
    let result = last
      ? this.#piece(value, last)
      : literal(lower.fill?.(value.attrs) ?? 0, value.type.dtype);
    for (const piece of tried.slice(0, last ? -1 : undefined).reverse()) {
      const conditions = (piece.guards ?? [])
        .filter((g) => !alwaysHolds(g))
        .flatMap((g) => this.#guard(g));
      const [first, ...rest] = conditions;
      const element = this.#piece(value, piece);
      if (first)
        result = call(
          "select",
          rest.reduce((a, b) => call("and", a, b), first),
          element,
          result,
        );
      else result = element;
    }
    return result;
  }

  #piece(value: Value, piece: Piece): ScalarExpr {
    const operand = value.operands[piece.operand];
    if (!operand) throw new Error(`\`${value.op.name}\` has no operand ${String(piece.operand)}`);
    return this.at(
      operand,
      piece.index.map((d) => this.body.reduced(d)),
    );
  }

  #viewContext(value: Value) {
    return {
      operands: value.operands.map((o) => o.type),
      result: value.type,
      lookup: (operand: number, index: readonly Dim[], bound: Dim): Dim => {
        const source = value.operands[operand];
        if (!source) throw new Error(`\`${value.op.name}\` has no operand ${String(operand)}`);
        return this.body.bind(
          this.clamped(this.at(source, index), bound),
          `${keyOf(source, index)}<${bound.key}`,
          bound,
        );
      },
    };
  }

  #guard(guard: Guard): ScalarExpr[] {
    const { body } = this;
    if (guard.kind === "multiple")
      return [call("eq", dimExpr(body.settle(mod(guard.value, guard.of))), literal(0, "i32"))];
    const below = body.less(guard.value, guard.size);
    return isNonNegative(guard.value)
      ? [below]
      : [call("le", literal(0, "i32"), dimExpr(body.settle(guard.value))), below];
  }
}

const keyOf = (value: Value, at: readonly Dim[]): string =>
  `${String(value.id)}@${at.map((d) => d.key).join(",")}`;

/** Whether a guard holds for every index, as far as constants and the bounds of indices show. */
function alwaysHolds(guard: Guard): boolean {
  if (guard.kind === "multiple") return constantOf(mod(guard.value, guard.of)) === 0;
  if (!isNonNegative(guard.value)) return false;
  const terms = guard.value.terms;
  if (!terms.every((t) => t.coefficient > 0 && t.factors.every((f) => f.atom.kind === "sym")))
    return false;
  const top = substitute(guard.value, (sym) => (sym.bound ? sub(sym.bound, int(1)) : undefined));
  return (constantOf(sub(sub(guard.size, int(1)), top)) ?? -1) >= 0;
}
