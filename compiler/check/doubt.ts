// Finds which findings only follow from another: a function whose own body does not fit its signature is asked for no result.
import type { FnDecl, Item } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";

/** Checks one declaration; calls of the functions in doubt have unknown results there. */
export type Recheck = (
  unit: Unit,
  item: Item,
  doubted: ReadonlySet<FnDecl>,
) => readonly Diagnostic[];

/** More functions in doubt than this are not told apart: each is checked once for all others. */
const most = 8;

/**
 * The findings without those of callers that are gone once the functions in doubt may give anything. In doubt is a function
 * with an error in it and an error, its own or a caller's, that points to its signature: which of the two is wrong
 * cannot be said, and the place inside of the function says it best. Only findings that `checked` has come from declarations.
 */
export function withoutDoubted(
  library: Library,
  found: readonly Diagnostic[],
  checked: ReadonlySet<Diagnostic>,
  recheck: Recheck,
): readonly Diagnostic[] {
  const errors = found.filter((d) => d.severity === "error" && checked.has(d));
  if (errors.length < 2) return found;
  const functions = library.entries.flatMap(functionsOf);
  const doubted = functions.filter(({ decl }) => isInDoubt(decl, errors));
  if (doubted.length === 0 || doubted.length > most) return found;
  const kept = new Set<string>();
  const decls = doubted.map(({ decl }) => decl);
  for (const { decl, item, unit } of doubted) {
    const others = new Set(decls.filter((other) => other !== decl));
    for (const d of recheck(unit, item, others))
      if (isInside(d.primary.span, decl.span)) kept.add(key(d));
  }
  const all = new Set(decls);
  for (const { item, unit } of faulty(library, errors))
    for (const d of recheck(unit, item, all)) kept.add(key(d));
  return found.filter((d) => d.severity !== "error" || !checked.has(d) || kept.has(key(d)));
}

interface Owned {
  readonly decl: FnDecl;
  readonly item: Item;
  readonly unit: Unit;
}

/** The functions of a file: those at its top level, and the members of layers. */
const functionsOf = (unit: Unit): readonly Owned[] =>
  unit.module.items.flatMap((item) => {
    const members = item.kind === "fn" ? [item] : "members" in item ? item.members : [];
    return members.flatMap((m) => (m.kind === "fn" ? [{ decl: m, item, unit }] : []));
  });

/** The declarations with errors in them. */
const faulty = (
  { entries }: Library,
  errors: readonly Diagnostic[],
): readonly { readonly item: Item; readonly unit: Unit }[] =>
  entries.flatMap((unit) =>
    unit.module.items
      .filter((item) => errors.some((d) => isInside(d.primary.span, item.span)))
      .map((item) => ({ item, unit })),
  );

function isInDoubt(decl: FnDecl, errors: readonly Diagnostic[]): boolean {
  const isOwn = (d: Diagnostic): boolean => isInside(d.primary.span, decl.span);
  const signature: Span = { ...decl.span, end: decl.body.span.start };
  return (
    errors.some(isOwn) &&
    errors.some((d) => [d.primary, ...d.secondary].some((label) => isInside(label.span, signature)))
  );
}

const isInside = (inner: Span, outer: Span): boolean =>
  inner.file.path === outer.file.path && outer.start <= inner.start && inner.end <= outer.end;

const key = ({ code, primary: { span, text } }: Diagnostic): string =>
  [code, span.file.path, span.start, span.end, text].join("\n");
