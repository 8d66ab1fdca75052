// One declaration evaluated for an editor: what each expression in it means, and which names are visible where.
import type { Expr, Item, Node, Selector } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import { witnessed } from "../check/check.js";
import type { Context } from "../check/context.js";
import type { Instance, Meaning, Place, Scope } from "../check/meaning.js";
import type { Library, Unit } from "../resolve/modules.js";

/** What a selector chooses from. */
export interface Choice {
  readonly root: Instance;
  readonly places: readonly Place[];
}

/** What is known of one declaration after it was checked for all sizes. */
export interface Evaluated {
  readonly item: Item;
  readonly ctx: Context;
  /** What an expression of the declaration means; undefined where it was not reached. */
  meaningOf(expr: Expr): Meaning | undefined;
  /** The scope that an expression was read in. */
  scopeOf(expr: Expr): Scope | undefined;
  choiceOf(selector: Selector): Choice | undefined;
  /** The scope of the first expression at or below a node that was reached. */
  scopeIn(node: Node): Scope | undefined;
}

interface Seen {
  readonly scope: Scope;
  readonly meaning: Meaning;
  readonly depth: number;
}

const known = new WeakMap<Library, Map<Item, Evaluated>>();

/** Evaluates a declaration, once for each state of the files. */
export function evaluated(library: Library, unit: Unit, item: Item): Evaluated {
  const items = known.get(library) ?? new Map<Item, Evaluated>();
  known.set(library, items);
  const before = items.get(item);
  if (before) return before;
  const made = evaluateItem(library, unit, item);
  items.set(item, made);
  return made;
}

function evaluateItem(library: Library, unit: Unit, item: Item): Evaluated {
  const expressions = new Map<Expr, Seen>();
  const choices = new Map<Selector, Choice>();
  const ctx = witnessed(library, unit, item, {
    saw(expr, scope, meaning, depth) {
      const before = expressions.get(expr);
      const isBetter =
        !before ||
        depth < before.depth ||
        (depth === before.depth && before.meaning.kind === "unknown");
      if (isBetter) expressions.set(expr, { scope, meaning, depth });
    },
    chose(selector, root, places) {
      if (!choices.has(selector)) choices.set(selector, { root, places });
    },
  });
  return {
    item,
    ctx,
    meaningOf: (expr) => expressions.get(expr)?.meaning,
    scopeOf: (expr) => expressions.get(expr)?.scope,
    choiceOf: (selector) => choices.get(selector),
    scopeIn(node) {
      let found: Scope | undefined;
      visit(node, (below) => {
        if (!found && isExpr(below)) found = expressions.get(below)?.scope;
      });
      return found;
    },
  };
}
