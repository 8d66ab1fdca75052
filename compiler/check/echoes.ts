// Keeps of several findings with one cause the first: an unknown name used often, a fact that is missing often, one contradiction met twice.
import type { FnDecl, Item } from "../../grammar/ast.js";
import { positionOf, textOf, type Span } from "../../grammar/source.js";
import type { Code, Diagnostic } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { lineageOf, type Lineage } from "./lineage.js";

/** The findings without repetitions of one cause. */
export function withoutEchoes(
  { entries }: Library,
  found: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (found.filter((d) => d.severity === "error").length < 2) return found;
  const broken = entries.flatMap((unit) => brokenMembers(unit, found));
  const signatures = entries.flatMap(functionsOf).filter((decl) => hasOpenName(decl, found));
  const kept = found.filter(
    (d) => !missesBroken(d, broken) && !signatures.some((decl) => restsOn(decl, d)),
  );
  const first = new Map<string, Diagnostic>();
  for (const d of kept)
    for (const cause of causesOf(d, entries)) {
      const before = first.get(cause);
      if (!before || isBefore(d, before)) first.set(cause, d);
    }
  const told = kept.filter((d) => causesOf(d, entries).every((cause) => first.get(cause) === d));
  const followers = new Set(entries.flatMap(functionsOf).flatMap((fn) => followersIn(fn, told)));
  return told.filter((d) => !followers.has(d));
}

/** What a finding may have in common with others of the same declaration. */
function causesOf(d: Diagnostic, entries: readonly Unit[]): readonly string[] {
  if (d.severity !== "error") return [];
  const { span } = d.primary;
  const item = entries.flatMap(({ module }) => module.items).find((i) => isInside(span, i.span));
  if (!item) return [];
  const place = `${item.span.file.path}:${String(item.span.start)}`;
  const line = `${place}:${String(positionOf(span.file, span.start).line)}`;
  const fn = functionAt(item, span);
  const facts = d.notes.filter((note) => note.startsWith("the missing fact"));
  return [
    ...(nameless.has(d.code) ? [`${place} name ${textOf(span)}`] : []),
    ...facts.map((fact) => `${place} ${fact}`),
    `${place} ${String(span.start)} to ${String(span.end)}`,
    `${shapeCodes.has(d.code) ? `${place} ${fn}` : line} ${d.code} ${d.primary.text}`,
    ...(pairCodes.has(d.code) ? [`${place} ${fn} ${pairOf(d.primary.text)}`] : []),
    ...(isFloatForSize(d) ? namesIn(span).map((name) => `${place} float ${name}`) : []),
    ...(d.code === "rank-mismatch" ? [`${line} ${String(excessOf(d.primary.text))}`] : []),
  ];
}

/** Whether a number with a fraction stands where a size belongs: what it was computed from is the mistake. */
const isFloatForSize = ({ code, primary }: Diagnostic): boolean =>
  code === "wrong-kind" &&
  /is a number, where (?:.* takes a dimension|a dimension is needed)$/.test(primary.text);

const namesIn = (span: Span): readonly string[] => textOf(span).match(/[A-Za-z_]\w*/g) ?? [];

/** Names that nothing binds, wherever they are used. */
const nameless: ReadonlySet<Code> = new Set<Code>(["unknown-name", "free-dim-in-result"]);

/** Findings that two sizes are not the same. */
const pairCodes: ReadonlySet<Code> = new Set<Code>([
  "shape-mismatch",
  "implicit-broadcast",
  "inner-dim-mismatch",
  "batch-dim-mismatch",
]);

/** The function of a declaration that a place lies in. */
const functionAt = (item: Item, span: Span): string =>
  functionsIn(item).find((fn) => isInside(span, fn.span))?.name.name ?? "";

/** The two sizes of a contradiction, in whatever order it was met. */
const pairOf = (text: string): string =>
  [...text.matchAll(/`([^`]*)`/g)]
    .map(([, size]) => size)
    .sort()
    .join(" meets ");

/** By how many axes two ranks differ. */
function excessOf(text: string): number {
  const [rank, wanted] = [...text.matchAll(/(\d+) ax[ie]s/g)].map(([, count]) => Number(count));
  return (rank ?? 0) - (wanted ?? 0);
}

/** A signature says best where a name should have been bound; else the first use does. */
function isBefore(d: Diagnostic, other: Diagnostic): boolean {
  const [a, b] = [d, other].map(({ code }) => Number(code !== "free-dim-in-result"));
  return a === b ? d.primary.span.start < other.primary.span.start : (a ?? 0) < (b ?? 0);
}

// ---------------------------------------------------------------------- values

/** The findings about shapes in a function that only follow from one before them, since both are about one value. */
function followersIn(fn: FnDecl, found: readonly Diagnostic[]): readonly Diagnostic[] {
  const own = found
    .filter((d) => restsOn(fn, d))
    .sort((a, b) => a.primary.span.start - b.primary.span.start);
  if (own.length < 2) return [];
  const lineage = lineageOf(fn);
  return own.filter((d, i) => own.slice(0, i).some((before) => follows(lineage, d, before)));
}

/**
 * Whether a finding follows from one before it. What is wrong with a value is wrong with the results that are made from it,
 * and a number of axes that one operation does not take, others do not take either.
 */
function follows(lineage: Lineage, d: Diagnostic, before: Diagnostic): boolean {
  const names = lineage.namesAt(d.primary.span);
  const others = lineage.namesAt(before.primary.span);
  const isResult = lineage.isResult(d.primary.span);
  if (sharesRank(d, before, isResult) && haveCommon(names, others)) return true;
  if (!isResult) return false;
  const suspects = lineage.isResult(before.primary.span) ? lineage.madeFrom(others) : others;
  return haveCommon(new Set([...names, ...lineage.madeFrom(names)]), suspects);
}

/** Whether two findings may be about one number of axes: equal codes are two mistakes of one kind. */
const sharesRank = (d: Diagnostic, before: Diagnostic, isResult: boolean): boolean =>
  d.code !== before.code && rankCodes.has(before.code) && (isResult || rankCodes.has(d.code));

const haveCommon = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  [...a].some((name) => b.has(name));

/** Findings that a tensor has too few axes, too many, or some that nobody can count. */
const rankCodes: ReadonlySet<Code> = new Set<Code>([
  "rank-mismatch",
  "pattern-rank",
  "axis-out-of-range",
  "axis-in-pack",
  "too-many-indices",
]);

// --------------------------------------------------------------------- members

/** The names of members that have an error in them, so that nothing is known below them. */
const brokenMembers = ({ module }: Unit, found: readonly Diagnostic[]): readonly string[] =>
  module.items.flatMap((item) =>
    ("members" in item ? item.members : []).flatMap((m) =>
      m.kind === "field" && found.some((d) => isError(d) && isInside(d.primary.span, m.span))
        ? [m.name.name]
        : [],
    ),
  );

const missesBroken = ({ code, primary }: Diagnostic, broken: readonly string[]): boolean =>
  code === "selector-no-match" &&
  (primary.text.match(/\w+/g) ?? []).some((word) => broken.includes(word));

// ------------------------------------------------------------------ signatures

const functionsOf = ({ module }: Unit): readonly FnDecl[] => module.items.flatMap(functionsIn);

function functionsIn(item: Item): readonly FnDecl[] {
  const members = item.kind === "fn" ? [item] : "members" in item ? item.members : [];
  return members.flatMap((m) => (m.kind === "fn" ? [m] : []));
}

const signatureOf = ({ span, body }: FnDecl): Span => ({ ...span, end: body.span.start });

/** Whether a signature uses a name that none of its tensors gives: an axis is missing or has another name. */
const hasOpenName = (decl: FnDecl, found: readonly Diagnostic[]): boolean =>
  found.some((d) => nameless.has(d.code) && isInside(d.primary.span, signatureOf(decl)));

/** Whether a finding is about shapes in the body of a function whose tensors are not what they were meant to be. */
const restsOn = (decl: FnDecl, { code, primary, severity }: Diagnostic): boolean =>
  severity === "error" && shapeCodes.has(code) && isInside(primary.span, decl.body.span);

const shapeCodes: ReadonlySet<Code> = new Set<Code>([
  "shape-mismatch",
  "rank-mismatch",
  "implicit-broadcast",
  "inner-dim-mismatch",
  "batch-dim-mismatch",
  "numel-mismatch",
  "concat-mismatch",
  "branch-mismatch",
  "loop-variant-shape",
  "pattern-rank",
  "pattern-indivisible",
  "indivisible",
  "refuted-where",
  "unproved-where",
  "negative-size",
  "empty-axis",
  "window-too-large",
  "slice-out-of-range",
  "index-out-of-range",
  "too-many-indices",
  "axis-out-of-range",
  "axis-in-pack",
]);

const isError = (d: Diagnostic): boolean => d.severity === "error";

const isInside = (inner: Span, outer: Span): boolean =>
  inner.file.path === outer.file.path && outer.start <= inner.start && inner.end <= outer.end;
