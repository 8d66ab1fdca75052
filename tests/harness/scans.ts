// Recurrences said twice: as a scan over any length, and written out round by round for one length.
import { openPackage } from "../../cli/host.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import type { Entry } from "../../compiler/ir/program.js";
import { evaluate as sizeOf, int, type Sym } from "../../compiler/types/dim.js";
import { randomFrom, randomTensor } from "./numeric.js";

/** Sizes by the names of dims. */
export type Sizes = Readonly<Record<string, number>>;

/** A recurrence. */
export interface Recurrence {
  readonly title: string;
  /** Functions that both texts use. */
  readonly shared: string;
  /** Declares `rounds`, with the length as a free `T`. */
  readonly scan: string;
  /** Declares `rounds` for one length. */
  readonly unrolled: (length: number) => string;
}

const each = (length: number, line: (t: number) => string): string =>
  Array.from({ length }, (_, t) => line(t)).join("\n");

const stacked = (length: number, axis = 0): string =>
  `stack(${Array.from({ length }, (_, t) => `y${String(t)}`).join(", ")}, axis = ${String(axis)})`;

const cell = `fn cell(h: [B, D], x: [B, D], w: [D, D], b: [D]) -> (h: [B, D], y: [B, D]) {
  let n = tanh(h @ w + x * b)
  (n, n * x)
}`;
const inputs = (xs: string): string => `h0: [B, D], xs: ${xs}, w: [D, D], b: [D]`;
const results = (all: string): string => `-> (last: [B, D], all: ${all})`;

const once = (t: number, x = `xs[${String(t)}]`): string =>
  `let (h${String(t + 1)}, y${String(t)}) = cell(h${String(t)}, ${x}, w, b)`;

/** What the tests of scans are about. */
export const recurrences: readonly Recurrence[] = [
  {
    title: "a weight and a bias",
    shared: cell,
    scan: `fn rounds(${inputs("[T, B, D]")}) ${results("[T, B, D]")} =
      scan((h, x) => cell(h, x, w, b), h0, xs)`,
    unrolled: (
      T,
    ) => `fn rounds(${inputs(`[${String(T)}, B, D]`)}) ${results(`[${String(T)}, B, D]`)} {
      ${each(T, (t) => once(t))}
      (h${String(T)}, ${stacked(T)})
    }`,
  },
  {
    title: "from the last to the first, along the second axis",
    shared: cell,
    scan: `fn rounds(${inputs("[B, T, D]")}) ${results("[B, T, D]")} =
      scan((h, x) => cell(h, x, w, b), h0, xs, axis = 1, reverse = true)`,
    unrolled: (
      T,
    ) => `fn rounds(${inputs(`[B, ${String(T)}, D]`)}) ${results(`[B, ${String(T)}, D]`)} {
      ${each(T, (t) => once(t, `xs[:, ${String(T - 1 - t)}]`))}
      (h${String(T)}, flip(${stacked(T, 1)}, axis = 1))
    }`,
  },
  {
    title: "two states, one of which counts, and a table",
    shared: `fn next(h: [B, D], n: i32[B], i: i32[B], w: [D, D], table: [V, D]) -> (h: [B, D], n: i32[B], y: [B, D]) {
      let row = table[i] * cast(reshape(n, [B, 1]), f32)
      let next = sigmoid(h @ w + row)
      (next, n + i % 2, next * h)
    }`,
    scan: `fn rounds(h0: [B, D], ids: i32[T, B], w: [D, D], table: [7, D]) -> (last: [B, D], n: i32[B], all: [T, B, D]) {
      let start = cast(zeros([B]), i32)
      let (last, all) = scan((s, i) => {
        let (h, n) = s
        next(h, n, i, w, table)
      }, (h0, start), ids)
      let (h, n) = last
      (h, n, all)
    }`,
    unrolled: (
      T,
    ) => `fn rounds(h0: [B, D], ids: i32[${String(T)}, B], w: [D, D], table: [7, D]) -> (last: [B, D], n: i32[B], all: [${String(T)}, B, D]) {
      let n0 = cast(zeros([B]), i32)
      ${each(T, (t) => `let (h${String(t + 1)}, n${String(t + 1)}, y${String(t)}) = next(h${String(t)}, n${String(t)}, ids[${String(t)}], w, table)`)}
      (h${String(T)}, n${String(T)}, ${stacked(T)})
    }`,
  },
  {
    title: "rounds within rounds",
    shared: cell,
    scan: `fn rounds(h0: [B, D], xs: [T, B, 3, D], w: [D, D], b: [D]) ${results("[T, B, D]")} =
      scan((h, row) => {
        let (last, ys) = scan((g, x) => cell(g, x, w, b), h, row, axis = 1)
        (last, sum(ys, axis = 1))
      }, h0, xs)`,
    unrolled: (
      T,
    ) => `fn rounds(h0: [B, D], xs: [${String(T)}, B, 3, D], w: [D, D], b: [D]) ${results(`[${String(T)}, B, D]`)} {
      ${each(
        T,
        (
          t,
        ) => `let (a${String(t)}, u${String(t)}) = cell(h${String(t)}, xs[${String(t)}, :, 0], w, b)
      let (c${String(t)}, v${String(t)}) = cell(a${String(t)}, xs[${String(t)}, :, 1], w, b)
      let (h${String(t + 1)}, z${String(t)}) = cell(c${String(t)}, xs[${String(t)}, :, 2], w, b)
      let y${String(t)} = u${String(t)} + v${String(t)} + z${String(t)}`,
      )}
      (h${String(T)}, ${stacked(T)})
    }`,
  },
  {
    title: "a gradient and how it moves",
    shared: cell,
    scan: `fn rounds(${inputs("[T, B, D]")}) -> (g: [D, D], moved: [D, D]) {
      let loss = (v) => {
        let (last, all) = scan((h, x) => cell(h, x, v, b), h0, xs)
        sum(last * last) + sum(all)
      }
      (grad(loss, w), jvp((v) => grad(loss, v), w, ones([D, D])))
    }`,
    unrolled: (T) => `fn rounds(${inputs(`[${String(T)}, B, D]`)}) -> (g: [D, D], moved: [D, D]) {
      let loss = (w) => {
        ${each(T, (t) => once(t))}
        sum(h${String(T)} * h${String(T)}) + sum(${stacked(T)})
      }
      (grad(loss, w), jvp((v) => grad(loss, v), w, ones([D, D])))
    }`,
  },
  {
    title: "a pullback written by hand that does not look at its cotangent",
    shared: `fn moved(h: [B, D], x: [B, D], b: [D], ct: [B, D]) -> (h: [B, D], x: [B, D], b: [D]) =
      (ct, x * ct, b + 1)

@vjp(moved)
fn move(h: [B, D], x: [B, D], b: [D]) -> [B, D] = h + x * b`,
    scan: `fn rounds(h0: [B, D], xs: [T, B, D], b: [D]) ${results("[T, B, D]")} =
      scan((h, x) => {
        let next = move(h, x, b)
        (next, next * x)
      }, h0, xs)`,
    unrolled: (
      T,
    ) => `fn rounds(h0: [B, D], xs: [${String(T)}, B, D], b: [D]) ${results(`[${String(T)}, B, D]`)} {
      let h_0 = h0
      ${each(
        T,
        (t) => `let h_${String(t + 1)} = move(h_${String(t)}, xs[${String(t)}], b)
      let y${String(t)} = h_${String(t + 1)} * xs[${String(t)}]`,
      )}
      (h_${String(T)}, ${stacked(T)})
    }`,
  },
];

/** Compiles `rounds` and its gradients. */
export function compiled(text: string): Compiled {
  const source = { path: "rounds.dl", text };
  const options = { fn: "rounds", withGradients: true, isVerified: true };
  const result = compile(source, openPackage("tests").host, options);
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}

/** The sizes of an entry's symbols, and random inputs: small enough that rounds forget where they started. */
export function drawnFor(
  entry: Entry,
  sizes: Sizes,
  seed: number,
): { readonly dims: ReadonlyMap<Sym, number>; readonly tensors: ReadonlyMap<string, Tensor> } {
  const dims = new Map(entry.signature.symbols.map((sym) => [sym, sizes[sym.name] ?? 1]));
  const random = randomFrom(seed);
  const tensors = new Map(
    entry.signature.inputs.map(({ name, dtype, shape }) => {
      const known = shape.map((d) => int(sizeOf(d, (sym) => dims.get(sym)) ?? 1));
      return [name, randomTensor({ dtype, shape: known }, random, [-0.4, 0.4])] as const;
    }),
  );
  return { dims, tensors };
}

/** Results of an entry by name, in float64. */
export function evaluated(
  entry: Entry,
  { dims, tensors }: ReturnType<typeof drawnFor>,
): ReadonlyMap<string, Tensor> {
  const leaves = ({ name }: { readonly name: string }): Tensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`there is no tensor for ${name}`);
    return tensor;
  };
  const values = evaluateAll(entry.program, { dims, leaves });
  return new Map(
    entry.program.outputs.flatMap(({ name }, i) => {
      const value = values[i];
      return value ? [[name, value] as const] : [];
    }),
  );
}
