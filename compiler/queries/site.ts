// What stands at a place: the declaration around it, the name there, and what both mean.
import type { Expr, FnDecl, Item, LetStatement, Node } from "../../grammar/ast.js";
import { isExpr } from "../../grammar/walk.js";
import type { Bound, Meaning } from "../check/meaning.js";
import type { Library, Unit } from "../resolve/modules.js";
import { evaluated, type Evaluated } from "./evaluated.js";
import { bindItem } from "./names/binder.js";
import type { Binding } from "./names/binding.js";
import { primitiveFamilies } from "../check/primitives/index.js";
import type { Occurrence, Target } from "./names/target.js";
import { holds, isWithin, itemAt, pathAt } from "./tree.js";

/** A place in a file that is part of a program. */
export interface Place {
  readonly library: Library;
  readonly unit: Unit;
  readonly offset: number;
}

/** What stands at a place inside of a declaration. */
export interface Site {
  readonly item: Item;
  readonly evaluated: Evaluated;
  readonly binding: Binding;
  /** The name at the place. */
  readonly occurrence: Occurrence | undefined;
  /** The nodes around the place, outermost first. */
  readonly path: readonly Node[];
}

const known = new WeakMap<Library, Map<Item, Binding>>();

/** The names of a declaration and what they stand for, found once for each state of the files. */
export function bindingOf(library: Library, unit: Unit, item: Item): Binding {
  const items = known.get(library) ?? new Map<Item, Binding>();
  known.set(library, items);
  const before = items.get(item);
  if (before) return before;
  const made = bindItem(library, unit, item, evaluated(library, unit, item));
  items.set(item, made);
  return made;
}

/** What stands at a place; undefined between declarations. */
export function siteAt({ library, unit, offset }: Place): Site | undefined {
  const item = itemAt(unit.module, offset);
  if (!item) return undefined;
  const binding = bindingOf(library, unit, item);
  // Of two names at one place, as in `norm.weight`, the shorter one is meant.
  const [occurrence] = binding.found
    .filter(({ span }) => holds(span, offset) && span.file === unit.module.file)
    .sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start));
  return {
    item,
    evaluated: evaluated(library, unit, item),
    binding,
    occurrence,
    path: pathAt(item, offset),
  };
}

/** What a target means where it is declared. */
export function meaningOfTarget(library: Library, target: Target): Meaning | undefined {
  const { unit, item, node, name, span } = target;
  if (!unit || !item || !node || !span) return undefined;
  const own = evaluated(library, unit, item);
  if (isLet(node)) {
    const value = own.meaningOf(node.value);
    return node.isTuple ? elementOf(value, node, name) : value;
  }
  for (const body of bodiesAround(item, span.start)) {
    const found: Bound | undefined = own.scopeIn(body)?.lookup(name);
    if (found) return found.meaning;
  }
  return undefined;
}

const isLet = (node: Node): node is LetStatement =>
  "kind" in node && (node.kind === "let" || node.kind === "var");

function elementOf(
  value: Meaning | undefined,
  { names }: LetStatement,
  name: string,
): Meaning | undefined {
  const index = names.findIndex((n) => n.name === name);
  return value?.kind === "tuple" || value?.kind === "list" ? value.items[index] : undefined;
}

/** What lies around a place and binds names for what is in it, innermost first, and last the members of a layer. */
function bodiesAround(item: Item, offset: number): readonly Node[] {
  const around = [item, ...pathAt(item, offset)].reverse();
  const bodies = around.flatMap((node) => ("body" in node ? [node.body as Node] : []));
  const members = "members" in item ? item.members : [];
  return [...bodies, ...members.filter(({ kind }) => kind !== "fn"), ...members, item];
}

/** The smallest expression at a place that means something known. */
export function expressionAt(
  site: Site,
): { readonly expr: Expr; readonly meaning: Meaning } | undefined {
  for (const node of [...site.path].reverse()) {
    const meaning = isExpr(node) ? site.evaluated.meaningOf(node) : undefined;
    if (isExpr(node) && meaning && meaning.kind !== "unknown")
      return plain.has(node.kind) ? undefined : { expr: node, meaning };
  }
  return undefined;
}

/** Expressions that say all there is to say, or are no place of their own. */
const plain: ReadonlySet<Expr["kind"]> = new Set(["number", "bool", "string", "block", "if"]);

/** The function of a declaration that a node lies in. */
export function functionAround(item: Item, node: Node): FnDecl | undefined {
  const functions = item.kind === "fn" ? [item] : "members" in item ? item.members : [];
  return functions.find((m): m is FnDecl => m.kind === "fn" && isWithin(node.span, m.span));
}

/** The family of the reference page that a function of the compiler belongs to. */
export const familyOf = (name: string): string =>
  primitiveFamilies.find(({ primitives }) => primitives.some((p) => p.name === name))?.title ?? "";
