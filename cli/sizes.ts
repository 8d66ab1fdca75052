// Sizes and bytes on the command line, and the sizes that given tensors have.
import { InvalidArgumentError, Option } from "commander";
import { planSymbols } from "../compiler/artifact/signature.js";
import type { Signature } from "../compiler/ir/program.js";
import { evaluate } from "../runtime/formula.js";
export { showBytes } from "../compiler/queries/counts.js";
import type { Tensors } from "./backend.js";

/** Sizes of free dims by name. */
export type Sizes = Readonly<Record<string, number>>;

/** `--at B=8,T=1024`; `when` says with which other options. */
export const sizesOption = (when = ""): Option =>
  new Option("--at <sizes>", `${when}sizes of free dims: B=8,T=1024; may be repeated`)
    .default({}, "none")
    .argParser(addSizes);

/** Parses `B=8,T=1024` into what is known already. */
function addSizes(text: string, known: Sizes): Sizes {
  const pairs = text.split(",").map((part) => /^\s*(\w+)\s*=\s*(\d+)\s*$/.exec(part));
  if (pairs.some((pair) => pair === null))
    throw new InvalidArgumentError("It must be NAME=NUMBER, such as B=8,T=1024.");
  return pairs.reduce((sizes, pair) => ({ ...sizes, [pair?.[1] ?? ""]: Number(pair?.[2]) }), known);
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Parses a number of bytes: `2GiB`, `1.5 GB`, `4096`. */
export function bytesOption(text: string): number {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  const bytes = Math.floor(Number(number) * (factor ?? 0));
  if (number !== "" && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError(
    "It must be a number of bytes above zero, with a unit or without: 2GiB, 800MB, 4096.",
  );
}

/** The sizes that the free dims of a signature have for given inputs; those that do not follow are left out. */
export function sizesFor({ inputs, symbols }: Signature, given: Tensors): Sizes {
  const sizes: Record<string, number> = {};
  const known: number[] = [];
  for (const { name, from } of planSymbols(inputs, symbols).plans) {
    const extent = from && given.get(inputs[from.input]?.name ?? "")?.shape[from.axis];
    if (!from || extent === undefined) return sizes;
    const value = (extent - evaluate(from.offset, known)) / evaluate(from.factor, known);
    known.push(value);
    sizes[name] = value;
  }
  return sizes;
}
