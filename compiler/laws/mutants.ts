// Plants realistic mistakes in the declarations of a file: what the properties of a package are measured by.
import type { Arg, Call, Expr, Item, Module, Node, Pattern } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import { isExpr, visit } from "../../grammar/index.js";

/** One mistake: a text in the place of another. */
export interface Mutant {
  /** `dropped transpose`, `swapped axes` and so on. */
  readonly kind: string;
  readonly span: Span;
  readonly text: string;
}

/** All mistakes that can be planted in what a file declares, properties and training runs apart, in order of their places. */
export function mutantsOf({ items }: Module): readonly Mutant[] {
  const found: Mutant[] = [];
  for (const item of items.filter(isOwn)) visit(item, (node) => found.push(...mistakesAt(node)));
  return found.sort((a, b) => a.span.start - b.span.start);
}

const isOwn = ({ kind }: Item): boolean => !["import", "property", "train", "const"].includes(kind);

/** The file with the mistake in it. */
export const planted = ({ span: { file, start, end }, text }: Mutant): string =>
  file.text.slice(0, start) + text + file.text.slice(end);

function mistakesAt(node: Node | Module): readonly Mutant[] {
  if (!("kind" in node)) return [];
  const placed = node as Node & { readonly kind: string };
  if (placed.kind === "param") return wrongStarts(placed);
  if (!isExpr(placed)) return [];
  const expr: Expr = placed;
  switch (expr.kind) {
    case "member":
      return expr.name.name === "T"
        ? [{ kind: "dropped transpose", span: expr.span, text: textOf(expr.object.span) }]
        : [];
    case "binary":
      return binary(expr);
    case "call":
      return calls(expr);
    case "pattern":
      return swapped(expr);
    case "bool":
      return [{ kind: "other flag", span: expr.span, text: String(!expr.value) }];
    case "index":
      return shifted(expr);
    default:
      return [];
  }
}

function binary(expr: Expr & { readonly kind: "binary" }): readonly Mutant[] {
  const { operator, operatorSpan, left, right, span } = expr;
  const other = OTHER[operator];
  const found: Mutant[] = [];
  if (other) found.push({ kind: other.kind, span: operatorSpan, text: other.text });
  // A bias, a residual, a scale.
  if (operator === "+") {
    found.push({ kind: "dropped term", span, text: textOf(left.span) });
    found.push({ kind: "dropped term", span, text: textOf(right.span) });
  }
  if (operator === "*" || operator === "/")
    found.push({ kind: "dropped factor", span, text: textOf(left.span) });
  return found;
}

/** Operators that are mistaken for each other. */
const OTHER: Readonly<Partial<Record<string, { readonly kind: string; readonly text: string }>>> = {
  "+": { kind: "wrong sign", text: "-" },
  "-": { kind: "wrong sign", text: "+" },
  "<": { kind: "off by one", text: "<=" },
  "<=": { kind: "off by one", text: "<" },
  ">": { kind: "off by one", text: ">=" },
  ">=": { kind: "off by one", text: ">" },
};

function calls({ callee, args, span }: Call): readonly Mutant[] {
  const [only] = args;
  const isRoot = callee.kind === "name" && callee.name === "sqrt" && only !== undefined;
  return [
    ...(isRoot ? [{ kind: "dropped root", span, text: `(${textOf(only.value.span)})` }] : []),
    ...args.flatMap(otherAxis),
    ...withoutMask(args),
  ];
}

function otherAxis({ name, value }: Arg): readonly Mutant[] {
  if (name?.name !== "axis") return [];
  const other = textOf(value.span) === "-1" ? "0" : "-1";
  return [{ kind: "other axis", span: value.span, text: other }];
}

/** The last argument of a call left out where it is a mask, with the comma before it. */
function withoutMask(args: readonly Arg[]): readonly Mutant[] {
  const [before, last] = args.slice(-2);
  if (!before || !last?.name || !["mask", "causal"].includes(last.name.name)) return [];
  const span = { ...last.span, start: before.span.end };
  return [{ kind: "missing mask", span, text: "" }];
}

/** Two neighbouring axes of the result of a pattern in the other order. */
function swapped({ output }: Pattern): readonly Mutant[] {
  return output.slice(1).flatMap((second, i): Mutant[] => {
    const first = output[i];
    if (first?.kind !== "axis" || second.kind !== "axis") return [];
    const span = { ...first.span, end: second.span.end };
    return [{ kind: "swapped axes", span, text: `${second.name} ${first.name}` }];
  });
}

/** A slice that begins one later, or ends one earlier. */
function shifted({ items }: Expr & { readonly kind: "index" }): readonly Mutant[] {
  return items.flatMap((item): Mutant[] => {
    if (item.kind !== "slice") return [];
    return [item.start, item.stop].flatMap((bound): Mutant[] =>
      bound ? [{ kind: "off by one", span: bound.span, text: `${textOf(bound.span)} - 1` }] : [],
    );
  });
}

/** An initialiser that fills with 0 what was to be random, or that counts the wrong fan. */
function wrongStarts(node: Node): readonly Mutant[] {
  const init = "init" in node ? (node.init as Expr | undefined) : undefined;
  if (!init) return [];
  const text = textOf(init.span);
  if (text === "zeros") return [{ kind: "wrong start", span: init.span, text: "ones" }];
  return text === "ones"
    ? [{ kind: "wrong start", span: init.span, text: "zeros" }]
    : [{ kind: "wrong fan", span: init.span, text: "normal(std = 10)" }];
}
