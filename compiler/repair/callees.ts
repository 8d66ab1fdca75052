// Repairs of the call around a place: another function, another axis.
import type { Call } from "../../grammar/index.js";
import { textOf } from "../../grammar/source.js";
import type { Proposal } from "../diagnostics/index.js";
import { draft, isKind, nodesAround, type Draft, type Surroundings } from "./surroundings.js";

const callsAround = (
  at: Proposal & { readonly kind: "callee" | "axis" },
  { module }: Surroundings,
): readonly Call[] =>
  nodesAround(module, at.at.start, at.at.end).filter((n): n is Call => isKind(n, "call"));

/** Another function in the place of the one that is called. */
export function calleeDrafts(
  proposal: Proposal & { readonly kind: "callee" },
  around: Surroundings,
): readonly Draft[] {
  const call = callsAround(proposal, around).at(-1);
  if (!call) return [];
  const { start, end } = call.callee.span;
  const { name } = proposal;
  const title = `call \`${name}\` in place of \`${textOf(call.callee.span)}\``;
  return [draft(title, around.module.file, [start, end], name)];
}

/** Every other axis, the first first. */
export function axisDrafts(
  proposal: Proposal & { readonly kind: "axis" },
  around: Surroundings,
): readonly Draft[] {
  const call = callsAround(proposal, around).at(-1);
  const axis = call?.args.find((a) => a.name?.name === "axis")?.value.span;
  if (!axis) return [];
  const others = Array.from({ length: proposal.rank }, (_, i) => String(i));
  return others
    .filter((i) => i !== textOf(axis))
    .map((i) => draft(`take axis ${i}`, around.module.file, [axis.start, axis.end], i));
}
