// What a primitive is to the language: a record with parameters and a way to build its graph from arguments.
import type { Span } from "../../grammar/source.js";
import { dtypeFaults, names, shapes } from "../diagnostics/index.js";
import type { Diagnostic, Named } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { constantOf, int, type Dim } from "../types/dim.js";
import { isDtype, isFloat, isInteger, type Dtype } from "../types/dtype.js";
import { isPack, type TensorType } from "../types/tensor.js";
import { matchArgs, meaningOf, unknownAfter, valueSpan } from "./arguments.js";
import type { Context } from "./context.js";
import { UNKNOWN, describe, floatOf, tensorOf, type GivenArg, type Meaning } from "./meaning.js";
import { broadcastTo } from "../ops/build.js";
import { alignedShape, asTensor } from "./operators.js";
import { axesOf } from "./pattern-axes.js";
import { asShape } from "./types.js";

/** One primitive function. */
export interface Primitive {
  readonly name: string;
  /** One sentence for the reference page. */
  readonly doc: string;
  /** Names in order; those with `?` may be left out. A first name with `…` takes all positional arguments. */
  readonly params: readonly string[];
  /** Whether further named arguments are axis sizes of a pattern. */
  readonly takesSizes?: boolean;
  apply(call: PrimitiveCall): Meaning;
}

/** Thrown inside a primitive after a fault was reported; never leaves `callPrimitive`. */
class Refused extends Error {}

export function callPrimitive(
  ctx: Context,
  primitive: Primitive,
  given: readonly GivenArg[],
  span: Span,
): Meaning {
  const { name, params, takesSizes } = primitive;
  const isVariadic = params[0]?.endsWith("…") === true;
  const rest = isVariadic ? given.filter((a) => !a.name) : [];
  const named = params.map((p) => ({ name: p.replace(/[?…]$/, ""), isRequired: !/[?…]$/.test(p) }));
  const axes = takesSizes === true ? axesIn(given) : undefined;
  const filled = given.filter((a) => !a.name).length;
  // What stands at its place already is not meant again: in `rearrange(x, [(y x) -> y x], x = 4)`, `x` is the axis.
  const isSize = ({ name: key }: GivenArg): boolean => {
    if (!axes || !key) return false;
    const place = named.findIndex((p) => p.name === key.name);
    return place < 0 || (place < filled && axes.has(key.name));
  };
  const ordinary = given.filter((a) => !isSize(a) && !rest.includes(a));
  const matched = matchArgs(
    ctx,
    { name, params: isVariadic ? named.slice(1) : named, span },
    ordinary,
  );
  if (!matched) return unknownAfter(ctx, given);
  const call = new PrimitiveCall(ctx, name, span, {
    args: matched,
    rest,
    sizes: given.filter(isSize),
  });
  try {
    return primitive.apply(call);
  } catch (fault) {
    if (fault instanceof Refused) return unknownAfter(ctx, given);
    throw fault;
  }
}

/** The axes that a pattern among the arguments names; undefined where there is none. */
function axesIn(given: readonly GivenArg[]): ReadonlySet<string> | undefined {
  const pattern = given.map((a) => a.expr?.node).find((node) => node?.kind === "pattern");
  return pattern && axesOf(pattern);
}

interface Arguments {
  readonly args: ReadonlyMap<string, GivenArg>;
  readonly rest: readonly GivenArg[];
  readonly sizes: readonly GivenArg[];
}

/** The arguments of one call, read by what the primitive wants them to be; a fault ends the primitive. */
export class PrimitiveCall {
  readonly ctx: Context;
  readonly name: string;
  readonly span: Span;
  readonly rest: readonly GivenArg[];
  readonly sizes: readonly GivenArg[];
  private readonly args: ReadonlyMap<string, GivenArg>;
  private readonly seen = new Map<string, Meaning>();

  constructor(ctx: Context, name: string, span: Span, { args, rest, sizes }: Arguments) {
    this.ctx = ctx;
    this.name = name;
    this.span = span;
    this.args = args;
    this.rest = rest;
    this.sizes = sizes;
  }

  /** Reports a fault and ends the primitive. */
  refuse(diagnostic: Diagnostic): never {
    this.ctx.report(diagnostic);
    throw new Refused();
  }

  /** Ends the primitive after a fault that was reported. */
  end(): never {
    throw new Refused();
  }

  /** Emits and ends the primitive where a type rule refuses. */
  emit(build: () => Value): Value {
    const value = this.ctx.emitValue(this.span, build);
    if (!value) throw new Refused();
    return value;
  }

  /** As `emit`, as the result of the primitive. */
  result(build: () => Value): Meaning {
    return tensorOf(this.emit(build));
  }

  has(param: string): boolean {
    const arg = this.args.get(param);
    return arg !== undefined && !(this.meaning(param).kind === "string");
  }

  /** Where the value of an argument stands. */
  spanOf(param: string): Span {
    const arg = this.args.get(param);
    return arg ? valueSpan(arg) : this.span;
  }

  /** The scope that patterns look names up in. */
  get scope(): NonNullable<GivenArg["expr"]>["scope"] | undefined {
    return [...this.args.values(), ...this.rest].find((a) => a.expr)?.expr?.scope;
  }

  meaning(param: string): Meaning {
    const known = this.seen.get(param);
    if (known) return known;
    const arg = this.args.get(param);
    const meaning = arg ? meaningOf(this.ctx, arg) : UNKNOWN;
    this.seen.set(param, meaning);
    if (arg && meaning.kind === "unknown") throw new Refused();
    return meaning;
  }

  tensor(param: string, dtype: Dtype = this.ctx.float): Value {
    const meaning = this.meaning(param);
    const isTensor = ["tensor", "number"].includes(meaning.kind) || dtype === "bool";
    if (!isTensor) this.refuse(this.wrongKind(param, "a tensor"));
    const value = asTensor(this.ctx, meaning, dtype, this.spanOf(param));
    if (!value) throw new Refused();
    return value;
  }

  /** A tensor under the name that the reader knows it by. */
  named(value: Value, otherwise = "given"): Named {
    return { name: this.ctx.mentionOf(value)?.text ?? otherwise, type: value.type };
  }

  /** A float tensor; static numbers become one. */
  floatTensor(param: string): Value {
    const value = this.tensor(param);
    if (!isFloat(value.type.dtype))
      this.refuse(
        dtypeFaults.notFloat({ at: this.spanOf(param), callee: this.name, actual: value.type }),
      );
    return value;
  }

  intTensor(param: string): Value {
    const value = this.tensor(param, "i32");
    if (!isInteger(value.type.dtype))
      this.refuse(dtypeFaults.index({ at: this.spanOf(param), actual: value.type }));
    return value;
  }

  /** The tensors of an argument that may be a tuple or list of them. */
  tensorsIn(param: string): Value[] {
    const meaning = this.meaning(param);
    const items = meaning.kind === "tuple" || meaning.kind === "list" ? meaning.items : [meaning];
    return items.map(
      (m) => asTensor(this.ctx, m, this.ctx.float, this.spanOf(param)) ?? this.end(),
    );
  }

  /** Two tensors at the shape they take together; refuses those that do not align. */
  aligned(x: Value, y: Value): readonly [Value, Value] {
    const shape = alignedShape(this.ctx, this.span, x, y) ?? this.end();
    return [this.emit(() => broadcastTo(x, shape)), this.emit(() => broadcastTo(y, shape))];
  }

  /** A tensor repeated to the shape of another, which does not stretch itself. */
  stretched(x: Value, like: Value, at: Span): Value {
    const { shape } = like.type;
    const joined = alignedShape(this.ctx, at, like, x) ?? this.end();
    if (!this.ctx.sameShape(joined, shape))
      this.refuse(
        shapes.broadcast({
          at,
          left: { name: "wanted", type: like.type },
          right: { name: this.ctx.mentionOf(x)?.text ?? "given", type: x.type },
        }),
      );
    return this.emit(() => broadcastTo(x, shape));
  }

  /** The positional arguments of a variadic primitive, as tensors; a single list counts as its elements. */
  tensors(): Value[] {
    const meanings = this.rest.map((a) => meaningOf(this.ctx, a));
    const [only] = meanings;
    const flat =
      meanings.length === 1 && (only?.kind === "list" || only?.kind === "tuple")
        ? only.items
        : meanings;
    const dtype = flat.find((m) => m.kind === "tensor")?.value.type.dtype ?? this.ctx.float;
    return flat.map((m, i) => {
      const value = asTensor(this.ctx, m, dtype, this.rest[i]?.span ?? this.span);
      if (!value) throw new Refused();
      return value;
    });
  }

  dim(param: string, otherwise?: Dim): Dim {
    if (!this.has(param) && otherwise) return otherwise;
    const meaning = this.meaning(param);
    if (meaning.kind === "number" && meaning.dim) return meaning.dim;
    return this.refuse(this.wrongKind(param, "a dimension"));
  }

  /** So many dimensions: a tuple of them, or one that stands for each. */
  dims(param: string, count: number): readonly Dim[] {
    const meaning = this.meaning(param);
    if (meaning.kind !== "tuple" && meaning.kind !== "list")
      return Array.from({ length: count }, () => this.dim(param));
    const dims = meaning.items.flatMap((m) => (m.kind === "number" && m.dim ? [m.dim] : []));
    const wanted = count === 1 ? "a dimension" : `a dimension, or ${String(count)} of them,`;
    return dims.length === count ? dims : this.refuse(this.wrongKind(param, wanted));
  }

  /** A dimension that must be a known integer. */
  integer(param: string, otherwise?: number): number {
    const value = constantOf(this.dim(param, otherwise === undefined ? undefined : int(otherwise)));
    return value ?? this.refuse(this.wrongKind(param, "a known integer"));
  }

  /** A static float; one that is not known yet reads as 0.5. */
  float(param: string, otherwise: number): number {
    if (!this.has(param)) return otherwise;
    const meaning = this.meaning(param);
    if (meaning.kind !== "number") return this.refuse(this.wrongKind(param, "a number"));
    return floatOf(meaning) ?? 0.5;
  }

  /** A condition; one that is not known yet reads as its default. */
  bool(param: string, otherwise: boolean): boolean {
    if (!this.has(param)) return otherwise;
    const meaning = this.meaning(param);
    return meaning.kind === "bool"
      ? (meaning.value ?? otherwise)
      : this.refuse(this.wrongKind(param, "`true` or `false`"));
  }

  dtype(param: string): Dtype {
    const meaning = this.meaning(param);
    if (meaning.kind === "dtype" && isDtype(meaning.dtype)) return meaning.dtype;
    return this.refuse(this.wrongKind(param, "a dtype"));
  }

  /** A shape as written: `[B, T]`, `f16[B, T]`, `like x`, or another tensor. */
  writtenShape(param: string): TensorType {
    return asShape(this.ctx, this.meaning(param), this.spanOf(param)) ?? this.end();
  }

  /** A shape of which no axis can be negative. */
  shape(param: string): TensorType {
    const type = this.writtenShape(param);
    // What is the shape of a tensor is one already.
    if (this.meaning(param).kind === "tensor") return type;
    for (const size of type.shape) this.requireSize(size, param);
    return type;
  }

  /** A number of elements: a dimension that cannot be negative. */
  size(param: string): Dim {
    const size = this.dim(param);
    this.requireSize(size, param);
    return size;
  }

  /** Refuses a size that may be negative. */
  requireSize(size: Dim, param: string, at = this.spanOf(param)): void {
    const { facts } = this.ctx;
    if (isPack(size) || this.ctx.isAtMost(int(0), size)) return;
    this.refuse(shapes.negativeSize({ at, size, facts }));
  }

  /** One axis of `x`, negative ones counted from the back. */
  axis(param: string, x: TensorType, otherwise: number): number {
    return this.checkedAxis(this.integer(param, otherwise), x, this.spanOf(param));
  }

  /** `axis = n` or `axis = (n, m)`; all axes where there is none. */
  axes(param: string, x: TensorType): number[] {
    if (!this.has(param)) return x.shape.map((_, i) => i);
    return this.axesInOrder(param, x).sort((a, b) => a - b);
  }

  /** The axes that an argument names, in the order in which it does. */
  axesInOrder(param: string, x: TensorType): number[] {
    const meaning = this.meaning(param);
    const items = meaning.kind === "tuple" || meaning.kind === "list" ? meaning.items : [meaning];
    const axes = items.map((item) => {
      const value = item.kind === "number" && item.dim ? constantOf(item.dim) : undefined;
      if (value === undefined) return this.refuse(this.wrongKind(param, "an axis"));
      return this.checkedAxis(value, x, this.spanOf(param));
    });
    const twice = axes.findIndex((axis, i) => axes.indexOf(axis) < i);
    if (twice >= 0)
      this.refuse(shapes.axisRepeated({ at: this.spanOf(param), axis: axes[twice] ?? 0, type: x }));
    return axes;
  }

  private checkedAxis(axis: number, x: TensorType, at: Span): number {
    const rank = x.shape.length;
    const place = axis < 0 ? axis + rank : axis;
    if (place < 0 || place >= rank) this.refuse(shapes.axisOutOfRange({ at, axis, type: x }));
    // Behind a pack, axes have no number from the front; before one, none from the back.
    const pack = x.shape.findIndex(isPack);
    if (pack >= 0 && (axis >= 0 ? place >= pack : place <= pack))
      this.refuse(shapes.axisInPack({ at }));
    return place;
  }

  private wrongKind(param: string, expected: string): Diagnostic {
    return names.wrongKind({
      at: this.spanOf(param),
      expected,
      found: describe(this.meaning(param)),
      wanted: { param, callee: this.name },
    });
  }
}
