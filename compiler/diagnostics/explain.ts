// Words for dims: where a name was bound, how two dims differ, and what a verdict means.
import { positionOf, textOf, type Span } from "../../grammar/source.js";
import { constantOf, show, sub, symOf, symsOf, type Dim, type Sym } from "../types/dim.js";
import { decoded, stated, type Fact, type Relation, type Verdict } from "../types/constraints.js";
import { apart, whereOf } from "./apart.js";
import type { Label } from "./diagnostic.js";
import { quoted } from "./quoted.js";

export { quoted };

/** "`H` is declared here" for every symbol of the dims that has a place; one label for those on one line. */
export function originsOf(dims: readonly Dim[]): readonly Label[] {
  const found = new Set<Sym>();
  for (const d of dims) symsOf(d, found);
  const lines = new Map<string, { readonly span: Span; readonly names: Set<string> }>();
  for (const { name, origin } of found) {
    if (!origin || origin.end <= origin.start) continue;
    const key = `${origin.file.path}:${String(positionOf(origin.file, origin.start).line)}`;
    const known = lines.get(key);
    if (known) known.names.add(name);
    else lines.set(key, { span: origin, names: new Set([name]) });
  }
  return [...lines.values()].map(({ span, names }) => ({
    span,
    text: `${listed([...names])} ${names.size === 1 ? "is" : "are"} declared here`,
  }));
}

/** The expression that gave a tensor its axes, where that is on another line than the place in question. */
export const madeHere = (
  { name }: { readonly name: string },
  at: Span,
  made: Span | undefined,
): readonly Label[] =>
  !made || (made.file === at.file && lineOf(made) === lineOf(at))
    ? []
    : [{ span: made, text: `${quoted(name)} gets its axes here` }];

const lineOf = ({ file, start }: Span): number => positionOf(file, start).line;

/** `a`, `b` and `c`, each quoted. */
export function listed(names: readonly string[], word = "and"): string {
  const all = names.map(quoted);
  const last = all.pop() ?? "";
  return all.length === 0 ? last : `${all.join(", ")} ${word} ${last}`;
}

/** "`B * T` and `B * (T + 1)` differ by `B`"; nothing for two plain names, where it would say nothing new. */
export function difference(left: Dim, right: Dim): readonly string[] {
  const isPlain = (d: Dim): boolean => symOf(d) !== undefined || constantOf(d) !== undefined;
  if (isPlain(left) && isPlain(right)) return [];
  const [one, other] = [show(sub(left, right)), show(sub(right, left))];
  const shorter = one.startsWith("-") || other.length < one.length ? other : one;
  const size = shorter.replace(/^-/, "");
  return [`${quoted(show(left))} and ${quoted(show(right))} differ by ${quoted(size)}`];
}

/** What a verdict about two dims adds: the counterexample, or the missing fact. */
export function reasons(
  relation: Relation,
  left: Dim,
  right: Dim,
  verdict: Verdict,
): readonly string[] {
  if (verdict.kind === "proved") return [];
  if (verdict.kind === "unknown") {
    const [a, b] = apart(left, right);
    const claim =
      whereOf(left, right).size > 0
        ? `${a} ${relation} ${b}`
        : quoted(stated({ relation, left, right }));
    return [`the facts in scope do not decide ${claim}`];
  }
  return counterexample(relation, left, right, verdict);
}

/** "for `D` = 12 and `H` = 8, `H * (D / H)` is 8 and `D` is 12"; nothing where both sides are numbers. */
function counterexample(
  relation: Relation,
  left: Dim,
  right: Dim,
  verdict: Verdict & { readonly kind: "refuted" },
): readonly string[] {
  if (verdict.counterexample.length === 0) return [];
  const places = whereOf(left, right);
  const values = verdict.counterexample.map(({ sym, value }) => {
    const place = places.get(sym);
    return `${quoted(sym.name)}${place === undefined ? "" : ` of ${place}`} = ${String(value)}`;
  });
  const last = values.pop() ?? "";
  const when = values.length === 0 ? last : `${values.join(", ")} and ${last}`;
  const sides = [
    { dim: left, value: verdict.left },
    { dim: right, value: verdict.right },
  ].filter(({ dim }) => constantOf(dim) === undefined && symOf(dim) === undefined);
  // The number that stands for several cases says nothing to a reader.
  const hasCases = decoded({ relation, left, right }).cases !== undefined;
  const results = hasCases
    ? []
    : sides.map(({ dim, value }) => `${quoted(show(dim))} is ${String(value)}`);
  if (results.length > 0) return [`for ${when}, ${results.join(" and ")}`];
  return [relation === "==" ? `they differ for ${when}` : `it does not hold for ${when}`];
}

/** `whole % part == 0` with parentheses where they are needed. */
export function divisibility(part: Dim, whole: Dim): string {
  const [a, b] = [whole, part].map((d) => (/^\w+$/.test(show(d)) ? show(d) : `(${show(d)})`));
  return `${a ?? ""} % ${b ?? ""} == 0`;
}

/** A fact as it was written where that is known, else in canonical form. */
export function factText(fact: Fact): string {
  return (
    fact.text ??
    (fact.span ? textOf(fact.span) : `${show(fact.left)} ${fact.relation} ${show(fact.right)}`)
  );
}
