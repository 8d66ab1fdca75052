// Tells sizes apart that are written alike: `R` of `Foo` meets `R` of `Bar`.
import { parse } from "../../grammar/parser.js";
import { positionOf, type SourceFile, type Span } from "../../grammar/source.js";
import { symsOf, type Dim, type Sym } from "../types/dim.js";
import { showAxis } from "../types/tensor.js";
import { quoted } from "./quoted.js";

/** "`D` meets `H`": two sizes that should be one. */
export function meets(left: Dim, right: Dim): string {
  const [a, b] = apart(left, right);
  return `${a} meets ${b}`;
}

/** Two sizes between backticks, each with its declaration where a name in one means something else in the other. */
export function apart(left: Dim, right: Dim): readonly [string, string] {
  const told = whereOf(left, right);
  const shown = (dim: Dim): string => {
    const places = new Set([...symsOf(dim)].flatMap((sym) => told.get(sym) ?? []));
    const [place, ...more] = places;
    return `${quoted(showAxis(dim))}${place === undefined || more.length > 0 ? "" : ` of ${place}`}`;
  };
  return [shown(left), shown(right)];
}

/** Where those names are declared that stand for more than one size here; others say enough by themselves. */
export function whereOf(...dims: readonly Dim[]): ReadonlyMap<Sym, string> {
  const byName = new Map<string, Sym[]>();
  for (const sym of new Set(dims.flatMap((dim) => [...symsOf(dim)])))
    byName.set(sym.name, [...(byName.get(sym.name) ?? []), sym]);
  const found = new Map<Sym, string>();
  for (const syms of byName.values()) {
    if (syms.length < 2) continue;
    const owners = syms.map(({ origin }) => origin && ownerOf(origin));
    const isEnough = new Set(owners).size === syms.length;
    for (const [i, sym] of syms.entries()) {
      const owner = owners[i];
      if (isEnough && owner !== undefined) found.set(sym, quoted(owner));
      else if (sym.origin) found.set(sym, lineOf(sym.origin));
    }
  }
  return found;
}

const lineOf = ({ file, start }: Span): string => {
  const { line } = positionOf(file, start);
  return `line ${String(line)} of ${file.path}`;
};

/** The last file that was looked at: findings come file by file. */
let last:
  | { readonly file: SourceFile; readonly items: ReturnType<typeof parse>["module"]["items"] }
  | undefined;

/** The declaration that a place lies in. */
function ownerOf({ file, start }: Span): string | undefined {
  if (last?.file !== file) last = { file, items: parse(file).module.items };
  const item = last.items.find(({ span }) => span.start <= start && start < span.end);
  return item && "name" in item && typeof item.name === "object" ? item.name.name : undefined;
}
