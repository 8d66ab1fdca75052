// Repairs of the call around a place: another function, another axis, an argument more or less.
import { visit, type Call, type Expr, type FnDecl, type Module } from "../../grammar/index.js";
import { textOf, type Span } from "../../grammar/source.js";
import type { Proposal } from "../diagnostics/index.js";
import { short } from "./operands.js";
import { draft, isKind, nodesAround, type Draft, type Surroundings } from "./surroundings.js";

/** How many values are tried for an argument that is missing. */
const mostGiven = 6;

/** The innermost call at or around a place. */
const callAround = (module: Module, at: Span): Call | undefined =>
  nodesAround(module, at.start, at.end).findLast((n): n is Call => isKind(n, "call"));

/** Another function in the place of the one that is called. */
export function calleeDrafts(
  { at, name }: Proposal & { readonly kind: "callee" },
  { module }: Surroundings,
): readonly Draft[] {
  const callee = callAround(module, at)?.callee.span;
  if (!callee) return [];
  const title = `call \`${name}\` in place of \`${textOf(callee)}\``;
  return [draft(title, module.file, [callee.start, callee.end], name)];
}

/** The reduced axis kept as one of 1, then every other axis, the first first. */
export function axisDrafts(
  { at, rank }: Proposal & { readonly kind: "axis" },
  { module }: Surroundings,
): readonly Draft[] {
  const args = callAround(module, at)?.args ?? [];
  const axis = args.find((a) => a.name?.name === "axis")?.value.span;
  const end = args.at(-1)?.span.end;
  if (!axis || end === undefined) return [];
  const isKept = args.some((a) => a.name?.name === "keep");
  const keep = draft("keep the axis", module.file, [end, end], ", keep = true");
  const others = Array.from({ length: rank }, (_, i) => String(i))
    .filter((i) => i !== textOf(axis))
    .map((i) => draft(`take axis ${i}`, module.file, [axis.start, axis.end], i));
  return isKept ? others : [keep, ...others];
}

/** The argument left out, with the comma before or behind it. */
export function dropDrafts(at: Span, { module }: Surroundings): readonly Draft[] {
  const args = callAround(module, at)?.args ?? [];
  const i = args.findIndex((a) => a.span.start === at.start && a.span.end === at.end);
  const [before, after] = [args[i - 1], args[i + 1]];
  if (i < 0) return [];
  const start = before ? before.span.end : at.start;
  const end = before ? at.end : (after?.span.start ?? at.end);
  return [draft(`leave out \`${short(textOf(at))}\``, module.file, [start, end], "")];
}

/** What is in scope and not yet in the call, by the name of the argument that is missing. */
export function giveDrafts(
  { at, name }: Proposal & { readonly kind: "give" },
  { module }: Surroundings,
): readonly Draft[] {
  const call = callAround(module, at);
  const last = call?.args.at(-1);
  if (!call || !last) return [];
  return valuesFor(module, call, name)
    .slice(0, mostGiven)
    .map((value) =>
      draft(
        `give \`${name} = ${value}\``,
        module.file,
        [last.span.end, last.span.end],
        `, ${name} = ${value}`,
      ),
    );
}

/** The name itself, parameters that the call does not use, static arguments, and what the call gives already. */
function valuesFor(module: Module, call: Call, name: string): readonly string[] {
  const nodes = nodesAround(module, call.span.start, call.span.end);
  const params = nodes
    .flatMap((n) => (isKind(n, "fn") && "params" in n ? (n as FnDecl).params : []))
    .map((p) => p.name.name);
  const statics = nodes.flatMap((n) =>
    "statics" in n ? (n.statics as FnDecl["params"]).map((p) => p.name.name) : [],
  );
  const used = new Set<string>();
  visit(call, (n) => {
    if ("span" in n && isKind(n, "name")) used.add((n as Expr & { kind: "name" }).name);
  });
  const fresh = [...params, ...statics].filter((v) => !used.has(v));
  const known = [...params, ...statics].filter((v) => used.has(v));
  const own = [...params, ...statics].filter((v) => v === name);
  return [...new Set([...own, ...fresh, ...known])];
}
