// Adds a `where` clause to the declarations around a place.
import type {
  AdapterDecl,
  FnDecl,
  LayerDecl,
  Node,
  OptimizerDecl,
  PropertyDecl,
  TrainDecl,
} from "../../grammar/index.js";
import { isKind, nodesAround, draft, type Draft, type Surroundings } from "./surroundings.js";

/** What may have `where` clauses. */
type Conditional = FnDecl | LayerDecl | AdapterDecl | OptimizerDecl | TrainDecl | PropertyDecl;

/** The clause on each declaration around the place that could state it: that which declares all its names first. */
export function clauseDrafts(clause: string, around: Surroundings): readonly Draft[] {
  const { module, diagnostic } = around;
  const { start, end } = diagnostic.primary.span;
  const names = new Set(clause.match(/[A-Za-z_]\w*/g) ?? []);
  const declarations = nodesAround(module, start, end).filter(isConditional);
  // Outside in: the first that knows every name serves all uses below it.
  const knowing = declarations.filter((d) => knowsAll(d, names));
  const others = declarations.filter((d) => !knowing.includes(d)).reverse();
  return [...knowing, ...others].map((declaration) => stating(declaration, clause, around));
}

const isConditional = (node: Node): node is Conditional =>
  isKind(node, "fn", "layer", "adapter", "optimizer", "train", "property") && "where" in node;

/** Whether the static arguments of a declaration include all the names. */
function knowsAll(declaration: Conditional, names: ReadonlySet<string>): boolean {
  if (!("statics" in declaration)) return false;
  const statics = new Set(declaration.statics.map((p) => p.name.name));
  return [...names].every((name) => statics.has(name));
}

function stating(declaration: Conditional, clause: string, { module }: Surroundings): Draft {
  const last = declaration.where.at(-1);
  const at = last ? last.span.end : endOfHeader(declaration, module.file.text);
  const title = `add \`where ${clause}\` to ${nameOf(declaration)}`;
  return draft(title, module.file, [at, at], last ? `, ${clause}` : ` where ${clause}`);
}

const nameOf = (d: Conditional): string =>
  d.kind === "property" ? "the property" : `\`${d.name.name}\``;

/** Where the first clause is written: behind the result type or the parentheses. */
function endOfHeader(declaration: Conditional, text: string): number {
  if (declaration.kind === "fn" && declaration.result) return declaration.result.span.end;
  const parts = listOf(declaration);
  const from = Math.max(...parts.map((p) => p.span.end));
  const body = declaration.kind === "fn" ? declaration.body.span.start : text.indexOf("{", from);
  const close = text.slice(from, body).lastIndexOf(")");
  return close < 0 ? from : from + close + 1;
}

function listOf(d: Conditional): readonly Node[] {
  switch (d.kind) {
    case "property":
      return [d.title, ...d.variables];
    case "fn":
    case "train":
      return [d.name, ...d.params];
    case "adapter":
      return [d.on.layer, ...d.on.params];
    default:
      return [d.name, ...d.statics];
  }
}
