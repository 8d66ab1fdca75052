// Finds declarations that need themselves: networks are finite, so functions and layers may not recur.
import type { Item, Node, TensorTypeExpr } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/index.js";
import type { Span } from "../../grammar/source.js";
import { names, type Diagnostic } from "../diagnostics/index.js";
import type { Declared, Unit } from "../resolve/modules.js";

type Use = readonly [declared: Declared, at: Span];

/** One finding for each declaration of the file that closes a circle of uses. */
export function recursionFaults(unit: Unit): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const done = new Set<Item>();
  const active = new Map<Item, Visit>();
  // A stack of its own: functions may use each other in a chain longer than that of the machine.
  for (const declared of unit.names.values()) {
    for (let visit: Visit | undefined = begin(declared); visit;) {
      const { item, home, uses } = visit;
      if (!done.has(item)) active.set(item, visit);
      const use = done.has(item) ? undefined : uses[visit.next++];
      if (!use) {
        active.delete(item);
        done.add(item);
        visit = visit.above;
        continue;
      }
      const [used, at] = use;
      if (!active.has(used.item)) visit = begin(used, visit);
      else if (home === unit) {
        const { name } = used.item;
        found.push(names.recursiveDeclaration({ name: name.name, at: name.span, from: at }));
      }
    }
  }
  return found;
}

/** A declaration whose uses are being followed. */
interface Visit {
  readonly item: Item;
  readonly home: Unit;
  readonly uses: readonly Use[];
  /** The declaration that uses it. */
  readonly above: Visit | undefined;
  next: number;
}

const begin = ({ item, unit: home }: Declared, above?: Visit): Visit => ({
  item,
  home,
  uses: usesOf(item, home),
  above,
  next: 0,
});

/** Declarations whose use of themselves has no end. */
const RECURRING: readonly Item["kind"][] = ["fn", "layer", "adapter", "const"];

/** The constants, functions, layers and models of any file that a declaration mentions, without names that it binds itself. */
function usesOf(item: Item, unit: Unit): readonly Use[] {
  if (!("name" in item) || !RECURRING.includes(item.kind)) return [];
  const mentioned = mentions.get(item) ?? mentionsIn(item);
  mentions.set(item, mentioned);
  return mentioned.flatMap(({ name, span }): readonly Use[] => {
    const declared = unit.names.get(name);
    const isLater = declared && RECURRING.includes(declared.item.kind);
    return isLater ? [[declared, span]] : [];
  });
}

interface Mention {
  readonly name: string;
  readonly span: Span;
}

/** Trees do not change, and those of the library are walked in every check. */
const mentions = new WeakMap<Item, readonly Mention[]>();

function mentionsIn(item: Item): readonly Mention[] {
  const mentioned: Mention[] = [];
  /** From where on each name means what is declared inside. */
  const own = new Map<string, number>();
  /** What has a name without binding it: the declaration itself, arguments, members that are read. */
  const free = new Set<object>([item]);
  visit(item, (node) => {
    for (const name of sizesIn(node)) own.set(name, 0);
    if (isExpr(node)) {
      if (node.kind === "name") mentioned.push(node);
      if (node.kind === "member") free.add(node);
      if (node.kind === "call") for (const arg of node.args) free.add(arg);
    }
    const from = isStatement(node) ? node.span.end : 0;
    for (const name of boundBy(node, !free.has(node)))
      own.set(name, Math.min(own.get(name) ?? from, from));
  });
  return mentioned.filter(({ name, span }) => span.start < (own.get(name) ?? Infinity));
}

/** Names in the sizes of a tensor type: there even the name of a layer means a size. */
function sizesIn(node: object): readonly string[] {
  if (!isTensorType(node)) return [];
  const found: string[] = [];
  for (const dim of node.dims.filter((d) => d.kind !== "pack"))
    visit(dim, (part) => {
      if (isExpr(part) && part.kind === "name") found.push(part.name);
    });
  return found;
}

const isTensorType = (node: object): node is TensorTypeExpr =>
  "kind" in node && node.kind === "tensor-type";

/** What binds a name from its end on: the value of `let f = f(x)` still means the outer one. */
const isStatement = (node: object): node is Node =>
  "kind" in node && (node.kind === "let" || node.kind === "var");

/** Names that a node introduces: parameters, members, `let`s, loop variables; its own one where it binds that. */
function boundBy(node: object, bindsName: boolean): readonly string[] {
  if ("names" in node && Array.isArray(node.names)) return node.names.flatMap(identName);
  if ("params" in node && Array.isArray(node.params)) return node.params.flatMap(identName);
  if ("variable" in node) return identName(node.variable);
  return "name" in node && bindsName ? identName(node.name) : [];
}

function identName(value: unknown): string[] {
  if (typeof value !== "object" || value === null || !("name" in value)) return [];
  return typeof value.name === "string" ? [value.name] : identName(value.name);
}
