// The few shapes that all printing is made of: lists in brackets, lines in braces, `= value`.
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type { Expr, Module, Node } from "../ast.js";
import { unparen } from "../walk.js";
import type { Comments } from "./comments.js";

const { group, hardline, ifBreak, indent, join, line, softline } = builders;

/** Items between brackets: on one line if they fit, else one on each line with a comma behind every one. */
export function list(
  comments: Comments,
  brackets: readonly [string, string],
  items: readonly { readonly node: Node; readonly doc: Doc }[],
  holder: Node,
): Doc {
  const [open, close] = brackets;
  if (items.length === 0) return empty(comments, brackets, holder);
  for (const { node } of items) comments.startsLine(node);
  const gap = open === "{" ? line : softline;
  const docs = items.map(({ doc }) => doc);
  const tail = comments.tail(items.at(-1)?.node);
  return group([open, indent([gap, join([",", line], docs), ifBreak(","), tail]), gap, close]);
}

/** Brackets around nothing but comments. */
export function empty(
  comments: Comments,
  [open, close]: readonly [string, string],
  holder: Node,
): Doc {
  const inside = comments.dangling(holder);
  if (inside.length === 0) return [open, close];
  return [open, indent([hardline, join(hardline, inside)]), hardline, close];
}

/** Lines between braces, with the author's blank lines, at most one in a row. */
export function braces(
  comments: Comments,
  lines: readonly { readonly node: Node; readonly doc: Doc }[],
  holder: Node,
): Doc {
  if (lines.length === 0) return empty(comments, ["{", "}"], holder);
  return ["{", indent([hardline, stack(comments, lines)]), hardline, "}"];
}

/** Lines one below the other; `parts` says where a blank line stands even if the author left none. */
export function stack(
  comments: Comments,
  lines: readonly { readonly node: Node; readonly doc: Doc }[],
  parts: (above: Node, below: Node) => boolean = () => false,
): Doc {
  const docs: Doc[] = [];
  lines.forEach(({ node, doc }, i) => {
    const above = lines[i - 1]?.node;
    if (above) {
      docs.push(hardline);
      if (parts(above, node) || comments.hasBlankBefore(node)) docs.push(hardline);
    }
    comments.startsLine(node);
    docs.push(doc, comments.tail(node));
  });
  return docs;
}

/** Kinds of values that break inside their own brackets rather than behind `=`. */
const hugging: ReadonlySet<Expr["kind"]> = new Set([
  "call",
  "list",
  "tuple",
  "comprehension",
  "if",
  "block",
  "lambda",
  "type",
  "pattern",
] as const);

/** ` = value`, broken behind the sign if the value does not fit and has no brackets of its own to break. */
export function assigned(comments: Comments, value: Expr, doc: Doc): Doc {
  comments.startsLine(unparen(value));
  if (startsWithComment(comments, value)) return [" =", indent([hardline, doc])];
  if (hugging.has(unparen(value).kind)) return [" = ", doc];
  return group([" =", indent([line, doc])]);
}

/** True if a comment stands above what an expression begins with. */
export function startsWithComment(comments: Comments, expr: Expr): boolean {
  for (let first: Expr | undefined = expr; first; first = leftPart(first)) {
    if (comments.hasLeading(first)) return true;
  }
  return false;
}

function leftPart(expr: Expr): Expr | undefined {
  switch (expr.kind) {
    case "paren":
      return expr.inner;
    case "binary":
    case "pipe":
      return expr.left;
    case "call":
      return expr.callee;
    case "member":
    case "index":
      return expr.object;
    default:
      return undefined;
  }
}

/** A whole file. */
export function file(
  comments: Comments,
  items: readonly { readonly node: Node; readonly doc: Doc }[],
  module: Module,
  parts: (above: Node, below: Node) => boolean,
): Doc {
  if (items.length === 0) {
    const alone = comments.dangling(module);
    return alone.length === 0 ? "" : [join(hardline, alone), hardline];
  }
  return [stack(comments, items, parts), hardline];
}
