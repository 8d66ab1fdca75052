// Primitives behind initialisers: what a function does to the scale of its input, and kernels that pass their input on.
import { shapes } from "../../diagnostics/index.js";
import type { Value } from "../../ir/op.js";
import * as ops from "../../ops/index.js";
import { alignedPair } from "../../ops/build.js";
import { floorDiv, int } from "../../types/dim.js";
import { floatNumber, type Callable } from "../meaning.js";
import type { Primitive } from "../primitive.js";

/** What is left of the second moment behind a function, times 2: PyTorch's `calculate_gain` is the root of 2 over it. */
const dampings: ReadonlyMap<string, (a: number) => number> = new Map([
  ["leaky_relu", (a: number) => 1 + a * a],
  ["tanh", () => 2 / (5 / 3) ** 2],
  ["sigmoid", () => 2],
  ["linear", () => 2],
  ["identity", () => 2],
  ["selu", () => 2 / (3 / 4) ** 2],
]);

const damping: Primitive = {
  name: "damping",
  doc: "Twice what a function leaves of the second moment of its input, of slope `a` below 0; 1 for a rectifier, and for all that are near one.",
  params: ["f", "a"],
  apply: (call) => {
    const f = call.meaning("f");
    const name = f.kind === "callable" ? nameOf(f.callable) : undefined;
    if (name === undefined) return floatNumber(undefined);
    return floatNumber(dampings.get(name)?.(call.float("a", 0)) ?? 1);
  },
};

/** The name that a function was declared under; undefined for one that only a use knows. */
function nameOf(callable: Callable): string | undefined {
  switch (callable.kind) {
    case "fn":
      return callable.decl.name.name;
    case "primitive":
      return callable.name;
    case "partial":
      return nameOf(callable.callable);
    case "opaque":
      return undefined;
    default:
      return "";
  }
}

const delta: Primitive = {
  name: "delta",
  doc: "A kernel `[out, in, window...]` that passes each channel on: 1 in the middle of the window where both channels are the same.",
  params: ["shape"],
  apply: (call) => {
    const type = call.shape("shape");
    const { dtype, shape } = type;
    const least = 2;
    if (shape.length < least)
      call.refuse(shapes.rankTooSmall({ at: call.spanOf("shape"), callee: "delta", least, type }));
    return call.result(() => {
      const { graph } = call.ctx;
      const place = (axis: number): Value => ops.iotaOf(graph, shape, axis, "i32");
      const middles = shape.slice(least).map((size, i) => {
        const middle = ops.extentOf(graph, floorDiv(size, int(2)), "i32");
        return ops.eq(...alignedPair(place(least + i), middle));
      });
      const isKept = middles.reduce((a, b) => ops.and(a, b), ops.eq(place(0), place(1)));
      return ops.cast(isKept, { dtype });
    });
  },
};

export const initial: readonly Primitive[] = [damping, delta];
