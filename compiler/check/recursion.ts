// Finds declarations that need themselves: networks are finite, so functions and layers may not recur.
import type { Item } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/index.js";
import type { Span } from "../../grammar/source.js";
import { names, type Diagnostic } from "../diagnostics/index.js";
import type { Declared, Unit } from "../resolve/modules.js";

type Use = readonly [declared: Declared, at: Span];

/** One finding for each declaration of the file that closes a circle of uses. */
export function recursionFaults(unit: Unit): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const done = new Set<Item>();
  const active: Item[] = [];
  const follow = ({ item, unit: home }: Declared): void => {
    if (done.has(item)) return;
    active.push(item);
    for (const [used, at] of usesOf(item, home)) {
      if (!active.includes(used.item)) follow(used);
      else if (home === unit) {
        const { name } = used.item;
        found.push(names.recursiveDeclaration({ name: name.name, at: name.span, from: at }));
      }
    }
    active.pop();
    done.add(item);
  };
  for (const declared of unit.names.values()) follow(declared);
  return found;
}

/** The functions, layers and models of any file that a declaration mentions, without names that it binds itself. */
function usesOf(item: Item, unit: Unit): readonly Use[] {
  if (item.kind !== "fn" && item.kind !== "layer" && item.kind !== "adapter") return [];
  const mentioned: { readonly name: string; readonly span: Span }[] = [];
  const own = new Set<string>();
  visit(item, (node) => {
    if (isExpr(node) && node.kind === "name") mentioned.push(node);
    for (const name of boundBy(node)) own.add(name);
  });
  own.delete(item.name.name);
  return mentioned.flatMap(({ name, span }): readonly Use[] => {
    const declared = own.has(name) ? undefined : unit.names.get(name);
    const isLater = declared && ["fn", "layer", "adapter"].includes(declared.item.kind);
    return isLater ? [[declared, span]] : [];
  });
}

/** Names that a node introduces: parameters, members, `let`s, loop variables. */
function boundBy(node: object): readonly string[] {
  if ("names" in node && Array.isArray(node.names)) return node.names.flatMap(identName);
  if ("params" in node && Array.isArray(node.params)) return node.params.flatMap(identName);
  if ("variable" in node) return identName(node.variable);
  return "name" in node ? identName(node.name) : [];
}

function identName(value: unknown): string[] {
  if (typeof value !== "object" || value === null || !("name" in value)) return [];
  return typeof value.name === "string" ? [value.name] : identName(value.name);
}
