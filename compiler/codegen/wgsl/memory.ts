// Spells reads and writes of memory in WGSL: words, vectors of four, truths as words, and halves two in a word.
import { intrinsic } from "../../scalar/intrinsics.js";
import type { Binding, Statement } from "../kernel.js";
import { storageType } from "./scalar.js";

/**
 * How the elements of a binding lie in the array that WGSL sees. Halves are packed in words, so that devices without the type have
 * them: two together where elements come in fours, else each written by atomics, since another invocation may write its neighbour.
 */
export interface Layout {
  readonly element: string;
  /** The WGSL functions that its accesses call. */
  readonly prelude?: string;
  /** An element; the four from one on, of an array of vectors, are a vector made of what stands there. */
  load(array: string, at: string): string;
  vector(item: string): string;
  store(array: string, at: string, value: string): string;
  vectorOf(values: readonly string[]): string;
}

/** The layout of a binding of a kernel with some body. */
export function layoutOf(binding: Binding, number: number, body: readonly Statement[]): Layout {
  if (binding.dtype === "f16") return binding.width === 4 ? fours : halves(storesIn(number, body));
  const type = storageType(binding.dtype);
  if (binding.dtype === "bool") return truths;
  return { ...plain, element: binding.width === 4 ? `vec4<${type}>` : type };
}

/** Elements as they are. */
export const plain: Layout = {
  element: "u32",
  load: (array, at) => `${array}[${at}]`,
  vector: (item) => item,
  store: (array, at, value) => `${array}[${at}] = ${value};`,
  vectorOf: (values) => `vec4(${values.join(", ")})`,
};

/** Truths, in memory as words of 0 and 1. */
export const truths: Layout = {
  ...plain,
  load: (array, at) => `(${array}[${at}] != 0u)`,
  store: (array, at, value) => `${array}[${at}] = u32(${value});`,
};

/** Four halves in two words. */
const fours: Layout = {
  ...plain,
  element: "vec2<u32>",
  vector: (item) => `vec4(unpack2x16float(${item}.x), unpack2x16float(${item}.y))`,
  vectorOf: ([a = "", b = "", c = "", d = ""]) => `vec2(${pair(a, b)}, ${pair(c, d)})`,
  ...preludeOfHalves(),
};

const pair = (low: string, high: string): string =>
  `dl_half_bits(${low}) | (dl_half_bits(${high}) << 16u)`;

/** Single halves. */
function halves(isStored: boolean): Layout {
  const word = (array: string, at: string): string =>
    isStored ? `atomicLoad(&${array}[${at}])` : `${array}[${at}]`;
  return {
    ...plain,
    element: isStored ? "atomic<u32>" : "u32",
    load: (array, at) =>
      `unpack2x16float(${word(array, `(${at}) >> 1u`)} >> ((u32(${at}) & 1u) << 4u)).x`,
    store: (array, at, value) =>
      [
        `{ let p = u32(${at}); let s = (p & 1u) << 4u; let h = dl_half_bits(${value});`,
        `atomicAnd(&${array}[p >> 1u], 0xffff0000u >> s); atomicOr(&${array}[p >> 1u], h << s); }`,
      ].join(" "),
    ...(isStored ? preludeOfHalves() : {}),
  };
}

function preludeOfHalves(): Pick<Layout, "prelude"> {
  const { prelude } = intrinsic("half");
  return prelude === undefined ? {} : { prelude };
}

const storesIn = (binding: number, statements: readonly Statement[]): boolean =>
  statements.some(
    (s) =>
      (s.kind === "store" && s.binding === binding) || ("body" in s && storesIn(binding, s.body)),
  );
