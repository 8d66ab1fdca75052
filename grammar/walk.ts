// Walking the tree: the children of any node, folds and rewrites, without a case per class.
import type { Expr, Module, Node } from "./ast.js";

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isNode = (value: object): value is Node => "span" in value;

/** The nodes directly below a node, in the order of the text. */
export function children(node: Node | Module): readonly Node[] {
  const found: Node[] = [];
  for (const key of Object.keys(node)) {
    if (key !== "span" && key !== "operatorSpan" && key !== "file" && key !== "comments")
      collect(node[key as keyof typeof node], found);
  }
  return inOrder(found) ? found : found.sort(byPlace);
}

const byPlace = (a: Node, b: Node): number =>
  a.span.start - b.span.start || a.span.end - b.span.end;

/** True for most nodes: their fields stand in the order of the text. */
const inOrder = (nodes: readonly Node[]): boolean =>
  nodes.every((node, i) => {
    const before = nodes[i - 1];
    return before === undefined || byPlace(before, node) <= 0;
  });

function collect(value: unknown, found: Node[]): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found);
  else if (isObject(value)) {
    if (isNode(value)) found.push(value);
    else for (const part of Object.values(value)) collect(part, found);
  }
}

/** Visits a node and all below it, parents first; needs no stack however deep the tree is. */
export function visit(root: Node | Module, see: (node: Node | Module) => void): void {
  const waiting: (Node | Module)[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    see(node);
    const below = children(node);
    for (let i = below.length - 1; i >= 0; i--) {
      const child = below[i];
      if (child) waiting.push(child);
    }
  }
}

/** Combines all nodes at and below a node, parents first. */
export function fold<T>(
  root: Node | Module,
  start: T,
  combine: (sofar: T, node: Node | Module) => T,
): T {
  let result = start;
  visit(root, (node) => {
    result = combine(result, node);
  });
  return result;
}

/** True for nodes that are expressions. */
export const isExpr = (node: Node | Module): node is Expr =>
  "kind" in node && typeof node.kind === "string" && exprKinds.has(node.kind);

const exprKinds: ReadonlySet<string> = new Set<Expr["kind"]>([
  "number",
  "bool",
  "name",
  "member",
  "call",
  "index",
  "unary",
  "binary",
  "pipe",
  "if",
  "block",
  "lambda",
  "tuple",
  "list",
  "comprehension",
  "range",
  "pattern",
  "type",
  "string",
  "paren",
  "error",
]);

/**
 * Copies an expression with every expression in it replaced by what `change` makes of it, innermost first.
 * Parts that do not change are shared with the original.
 */
export function rewrite(expr: Expr, change: (expr: Expr) => Expr): Expr {
  return change(rewriteParts(expr, change) as Expr);
}

function rewriteParts(value: object, change: (expr: Expr) => Expr): object {
  const changed: Record<string, unknown> = {};
  let isChanged = false;
  for (const [key, part] of Object.entries(value) as [string, unknown][]) {
    const next = key === "span" || key === "operatorSpan" ? part : rewriteValue(part, change);
    changed[key] = next;
    isChanged ||= next !== part;
  }
  return isChanged ? changed : value;
}

function rewriteValue(value: unknown, change: (expr: Expr) => Expr): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => rewriteValue(item, change));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  if (isNode(value) && isExpr(value)) return rewrite(value, change);
  return rewriteParts(value, change);
}

/** The expression without the parentheses around it. */
export function unparen(expr: Expr): Expr {
  let inner = expr;
  while (inner.kind === "paren") inner = inner.inner;
  return inner;
}

/** A copy of part of a tree as plain data without spans and parentheses, to compare two trees by. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (!isObject(value)) return value;
  if ("kind" in value && value.kind === "paren" && "inner" in value) return shapeOf(value.inner);
  const kept = Object.entries(value).filter(([key]) => !unshaped.has(key));
  return Object.fromEntries(kept.map(([key, part]) => [key, shapeOf(part)]));
}

const unshaped: ReadonlySet<string> = new Set(["span", "operatorSpan", "file", "comments"]);
