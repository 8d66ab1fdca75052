// Which values of a function a place is about, and which others those were made from: findings about one value share a cause.
import type { Expr, FnDecl, Node, Statement } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { visit } from "../../grammar/walk.js";

/** The names of values in a function, and where they are used. */
export interface Lineage {
  /** The parameters and local names in the smallest expression around a place that has any. */
  namesAt(span: Span): ReadonlySet<string>;
  /** The local names among these, and those that they were made from. */
  madeFrom(names: Iterable<string>): ReadonlySet<string>;
  /** Whether a place is one of several results, as the body ends with them. */
  isResult(span: Span): boolean;
}

/** Reads the lineage of the values in a function. */
export function lineageOf({ params, body }: FnDecl): Lineage {
  const parents = parentsOf(body);
  const values = new Set([...params.map((p) => p.name.name), ...parents.keys()]);
  const value = body.kind === "block" ? body.value : body;
  const results = value?.kind === "tuple" ? value.items.map((item) => item.span) : [];
  return {
    namesAt: (span) => namesAround(body, span, values),
    madeFrom: (names) => ancestors(parents, names),
    isResult: (span) => results.some((r) => r.start === span.start && r.end === span.end),
  };
}

/** For each local name the names in whatever it is bound or assigned to. */
function parentsOf(body: Expr): ReadonlyMap<string, ReadonlySet<string>> {
  const parents = new Map<string, Set<string>>();
  visit(body, (node) => {
    if (!isBinding(node)) return;
    const used = namesIn(node.value);
    for (const { name } of node.kind === "assign" ? [node.name] : node.names)
      parents.set(name, new Set([...(parents.get(name) ?? []), ...used]));
  });
  return parents;
}

type Binding = Extract<Statement, { readonly kind: "let" | "var" | "assign" }>;

const isBinding = (node: object): node is Binding =>
  "kind" in node && (node.kind === "let" || node.kind === "var" || node.kind === "assign");

function namesIn(root: Node): ReadonlySet<string> {
  const found = new Set<string>();
  visit(root, (node) => {
    if (isName(node)) found.add(node.name);
  });
  return found;
}

const isName = (node: object): node is Extract<Expr, { readonly kind: "name" }> =>
  "kind" in node && node.kind === "name" && "name" in node && typeof node.name === "string";

function ancestors(
  parents: ReadonlyMap<string, ReadonlySet<string>>,
  names: Iterable<string>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const made = parents.get(name);
    if (!made || found.has(name)) continue;
    found.add(name);
    open.push(...made);
  }
  return found;
}

/** Nodes are visited from the outside in, so that the last ones around the place are the smallest. */
function namesAround(body: Expr, span: Span, values: ReadonlySet<string>): ReadonlySet<string> {
  const around: Node[] = [];
  visit(body, (node) => {
    if ("span" in node && node.span.start <= span.start && span.end <= node.span.end)
      around.push(node);
  });
  for (const node of around.reverse()) {
    const names = [...namesIn(node)].filter((name) => values.has(name));
    if (names.length > 0) return new Set(names);
  }
  return new Set();
}
