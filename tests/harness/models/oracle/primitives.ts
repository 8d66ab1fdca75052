// The primitives of the language over plain shapes.
import { applyPattern, type PatternUse } from "./patterns.js";
import {
  asNumber,
  asTensor,
  tensor,
  Unsupported,
  Wrong,
  type Meaning,
  type Tensor,
} from "./meaning.js";

/** The arguments of a call, evaluated. */
export class Given {
  readonly #positional: readonly Meaning[];
  readonly #named: ReadonlyMap<string, Meaning>;
  readonly #taken = new Set<number | string>();
  /** Sizes that names in scope have, for patterns. */
  readonly sizeOf: (name: string) => number | undefined;

  constructor(
    positional: readonly Meaning[],
    named: ReadonlyMap<string, Meaning>,
    sizeOf: (name: string) => number | undefined,
  ) {
    this.#positional = positional;
    this.#named = named;
    this.sizeOf = (name) => {
      const given = named.get(name);
      return given?.kind === "number" ? given.value : sizeOf(name);
    };
  }

  get count(): number {
    return this.#positional.length;
  }

  optional(at: number, name: string): Meaning | undefined {
    this.#taken.add(at).add(name);
    return this.#positional[at] ?? this.#named.get(name);
  }

  required(at: number, name: string): Meaning {
    const found = this.optional(at, name);
    if (!found) throw new Wrong(`the argument ${name} is missing`);
    return found;
  }

  tensor(at: number, name = "x"): Tensor {
    return asTensor(this.required(at, name));
  }

  number(at: number, name: string, otherwise: number): number {
    const found = this.optional(at, name);
    return found ? asNumber(found) : otherwise;
  }

  /** Every positional argument from here on. */
  from(at: number): readonly Meaning[] {
    for (let i = at; i < this.count; i++) this.#taken.add(i);
    return this.#positional.slice(at);
  }

  /** Whatever nothing asked for is one too many; names may be sizes for a pattern. */
  finish(takesSizes: boolean): void {
    const extra =
      this.#positional.some((_, i) => !this.#taken.has(i)) ||
      (!takesSizes && [...this.#named.keys()].some((name) => !this.#taken.has(name)));
    if (extra) throw new Wrong("an argument too many");
  }
}

const axisIn = (rank: number, axis: number): number => {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank || !Number.isInteger(at)) throw new Wrong(`the axis ${String(axis)}`);
  return at;
};

/** Broadcasting: only a literal 1 stretches, and where the ranks differ only in the shorter one. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[i - rank + a.length], b[i - rank + b.length]];
    if (m === undefined || n === undefined || m === n) return m ?? n ?? 1;
    const mayStretch = (size: number, own: number): boolean =>
      size === 1 && own <= rank - (a.length === b.length ? 0 : 1);
    if (mayStretch(m, a.length)) return n;
    if (mayStretch(n, b.length)) return m;
    throw new Wrong(`[${a.join(", ")}] meets [${b.join(", ")}]`);
  });
}

/** Elementwise over tensors and numbers. */
export function together(items: readonly Meaning[], dtype?: string): Tensor {
  const tensors = items.filter((m): m is Tensor => m.kind === "tensor");
  for (const m of items) if (m.kind !== "tensor") asNumber(m);
  const types = new Set(tensors.map((t) => t.dtype));
  if (types.size > 1) throw new Wrong("two dtypes");
  const shape = tensors.map((t) => t.shape).reduce(broadcast, []);
  return tensor(shape, dtype ?? tensors[0]?.dtype ?? "f32");
}

/** A product of matrices over leading axes. */
export function product(a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== "f32" || b.dtype !== "f32") throw new Wrong("a product of integers");
  if (a.shape.length < 1 || b.shape.length < 1) throw new Wrong("a product of a scalar");
  const inner = b.shape.length === 1 ? b.shape[0] : b.shape.at(-2);
  if (a.shape.at(-1) !== inner) throw new Wrong("inner sizes");
  const lead = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const row = a.shape.length > 1 ? a.shape.slice(-2, -1) : [];
  const column = b.shape.length > 1 ? b.shape.slice(-1) : [];
  return tensor([...lead, ...row, ...column]);
}

const float = (x: Tensor): Tensor => {
  if (x.dtype !== "f32") throw new Wrong("integers where floats are needed");
  return x;
};

type Primitive = (given: Given) => Meaning;

const unary: Primitive = (g) => {
  const x = g.required(0, "x");
  return x.kind === "number" ? { kind: "number", value: Number.NaN } : float(asTensor(x));
};

const shapeOf = (m: Meaning): number[] => {
  if (m.kind === "tensor") return [...m.shape];
  if (m.kind !== "list") throw new Wrong("no shape");
  return m.items.flatMap((item) => (item.kind === "pack" ? item.sizes : [asNumber(item)]));
};

function axesOf(m: Meaning | undefined, rank: number): readonly number[] {
  if (!m) return Array.from({ length: rank }, (_, i) => i);
  const axes = (m.kind === "list" ? m.items : [m]).map((item) => axisIn(rank, asNumber(item)));
  if (new Set(axes).size !== axes.length) throw new Wrong("an axis twice");
  return axes;
}

const usingPattern =
  (use: PatternUse): Primitive =>
  (g) => {
    const pattern = g.required(1, "pattern");
    if (pattern.kind !== "pattern") throw new Wrong("no pattern");
    return applyPattern(pattern.pattern, [g.tensor(0)], g.sizeOf, use);
  };

const reduce: Primitive = (g) => {
  const x = g.tensor(0);
  if (g.optional(1, "axis")?.kind === "pattern") return usingPattern("reduce")(g);
  const axes = axesOf(g.optional(1, "axis"), x.shape.length);
  const keep = g.optional(2, "keep");
  const isKept = keep?.kind === "bool" && keep.value;
  const shape = x.shape.flatMap((n, i) => (axes.includes(i) ? (isKept ? [1] : []) : [n]));
  return tensor(shape, x.dtype);
};

/** `max(x, y)` is elementwise, `max(x, axis = …)` a reduction. */
const extreme: Primitive = (g) => {
  const second = g.optional(1, "y");
  if (second?.kind === "number" || second?.kind === "tensor")
    return together([g.required(0, "x"), second]);
  return reduce(g);
};

const along: Primitive = (g) => {
  const x = float(g.tensor(0));
  axisIn(x.shape.length, g.number(1, "axis", -1));
  return x;
};

const joined = (g: Given): readonly [readonly Tensor[], Tensor] => {
  const items = g.from(0).map(asTensor);
  const [first] = items;
  if (!first) throw new Wrong("nothing to join");
  if (items.some((t) => t.dtype !== first.dtype || t.shape.length !== first.shape.length))
    throw new Wrong("tensors of other types");
  return [items, first];
};

function isSame(a: readonly number[], b: readonly number[], except = -1): boolean {
  return a.length === b.length && a.every((n, i) => i === except || n === b[i]);
}

const concat: Primitive = (g) => {
  const [items, first] = joined(g);
  const named = g.optional(-1, "axis");
  const axis = axisIn(first.shape.length, named ? asNumber(named) : 0);
  if (!items.every((t) => isSame(t.shape, first.shape, axis))) throw new Wrong("unequal parts");
  const total = items.reduce((sum, t) => sum + (t.shape[axis] ?? 0), 0);
  return tensor(first.shape.with(axis, total), first.dtype);
};

const stack: Primitive = (g) => {
  const [items, first] = joined(g);
  const named = g.optional(-1, "axis");
  const axis = axisIn(first.shape.length + 1, named ? asNumber(named) : 0);
  if (!items.every((t) => isSame(t.shape, first.shape))) throw new Wrong("unequal parts");
  return tensor(first.shape.toSpliced(axis, 0, items.length), first.dtype);
};

const split: Primitive = (g) => {
  const x = g.tensor(0);
  const parts = g.required(1, "parts");
  const axis = axisIn(x.shape.length, g.number(2, "axis", -1));
  const size = x.shape[axis] ?? 0;
  const count = parts.kind === "number" ? parts.value : 0;
  if (parts.kind === "number" && (count < 1 || size % count !== 0))
    throw new Wrong("unequal parts");
  const sizes = parts.kind === "number" ? Array<number>(count).fill(size / count) : shapeOf(parts);
  if (sizes.reduce((a, b) => a + b, 0) !== size) throw new Wrong("parts of another sum");
  return { kind: "list", items: sizes.map((n) => tensor(x.shape.with(axis, n), x.dtype)) };
};

const pad: Primitive = (g) => {
  const x = g.tensor(0);
  const axis = axisIn(x.shape.length, g.number(1, "axis", -1));
  const [before, after] = [g.number(2, "before", 0), g.number(3, "after", 0)];
  g.optional(4, "value");
  if (before < 0 || after < 0) throw new Wrong("padding below zero");
  return tensor(x.shape.with(axis, (x.shape[axis] ?? 0) + before + after), x.dtype);
};

const roll: Primitive = (g) => {
  const x = g.tensor(0);
  const shift = g.number(1, "shift", 0);
  const axis = axisIn(x.shape.length, g.number(2, "axis", -1));
  if (Math.abs(shift) > Math.max(x.shape[axis] ?? 0, 1)) throw new Wrong("rolled too far");
  return x;
};

const unfold: Primitive = (g) => {
  const x = g.tensor(0);
  const axis = axisIn(x.shape.length, g.number(1, "axis", -1));
  const size = asNumber(g.required(2, "size"));
  const [stride, padding, dilation] = [
    g.number(3, "stride", 1),
    g.number(4, "padding", 0),
    g.number(5, "dilation", 1),
  ];
  const room = (x.shape[axis] ?? 0) + 2 * padding - dilation * (size - 1) - 1;
  if (stride < 1 || size < 1) throw new Wrong("no window");
  if (room < 0) throw new Wrong("a window that does not fit", "bound");
  return tensor([...x.shape.with(axis, Math.floor(room / stride) + 1), size], x.dtype);
};

const einsum: Primitive = (g) => {
  const items = g.from(0);
  const pattern = items.at(-1);
  if (pattern?.kind !== "pattern") throw new Wrong("no pattern");
  const operands = items.slice(0, -1).map((m) => float(asTensor(m)));
  return applyPattern(pattern.pattern, operands, g.sizeOf, "einsum");
};

const attention: Primitive = (g) => {
  const [q, k, v] = [g.tensor(0, "q"), g.tensor(1, "k"), g.tensor(2, "v")];
  g.optional(3, "causal");
  const turned = tensor([...k.shape.slice(0, -2), ...k.shape.slice(-2).reverse()]);
  return product(product(q, turned), v);
};

const reshape: Primitive = (g) => {
  const x = g.tensor(0);
  const shape = shapeOf(g.required(1, "shape"));
  const count = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  if (count(shape) !== count(x.shape)) throw new Wrong("a reshape to another size");
  return tensor(shape, x.dtype);
};

const oneHot: Primitive = (g) => {
  const ids = g.tensor(0, "indices");
  if (ids.dtype !== "i32") throw new Wrong("floats as indices");
  return tensor([...ids.shape, asNumber(g.required(1, "n"))]);
};

const cast: Primitive = (g) => {
  const dtype = g.required(1, "dtype");
  if (dtype.kind !== "dtype") throw new Wrong("no dtype");
  return tensor(g.tensor(0).shape, dtype.name);
};

const select: Primitive = (g) => {
  const mask = g.tensor(0, "condition");
  if (mask.dtype !== "bool") throw new Wrong("no mask");
  const value = together([g.required(1, "a"), g.required(2, "b")]);
  return tensor(broadcast(mask.shape, value.shape), value.dtype);
};

const same = (names: string, rule: Primitive): [string, Primitive][] =>
  names.split(" ").map((name) => [name, rule]);

const table: ReadonlyMap<string, Primitive> = new Map([
  ...same("exp log sqrt rsqrt sin cos tanh sigmoid erf abs", unary),
  ...same("sum mean prod", reduce),
  ...same("max min", extreme),
  ...same("softmax log_softmax cumsum normalize", along),
  ...same("zeros ones", (g) => tensor(shapeOf(g.required(0, "shape")))),
  ...same("zeros_like ones_like", (g) => g.tensor(0)),
  ...same("flip", (g) => {
    axisIn(g.tensor(0).shape.length, g.number(1, "axis", -1));
    return g.tensor(0);
  }),
  ["rearrange", usingPattern("rearrange")],
  ["repeat", usingPattern("repeat")],
  ["concat", concat],
  ["stack", stack],
  ["split", split],
  ["pad", pad],
  ["roll", roll],
  ["unfold", unfold],
  ["einsum", einsum],
  ["attention", attention],
  ["reshape", reshape],
  ["one_hot", oneHot],
  ["select", select],
  ["cast", cast],
  ["iota", (g) => tensor([asNumber(g.required(0, "n"))], "i32")],
]);

/** The names of all primitives that the oracle knows. */
export const primitiveNames: ReadonlySet<string> = new Set(table.keys());

const takesSizes = new Set(["rearrange", "repeat", "einsum", "sum", "mean", "max", "min", "prod"]);

/** What a primitive makes of its arguments. */
export function callPrimitive(name: string, given: Given): Meaning {
  const rule = table.get(name);
  if (!rule) throw new Unsupported(`the primitive ${name}`);
  const result = rule(given);
  given.finish(takesSizes.has(name));
  return result;
}
