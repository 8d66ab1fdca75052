// Names the fact that a proof misses, and proposes the clauses that would say it.
import { missing, type Fact, type Facts } from "../types/constraints.js";
import { int, mod, symOf, symsOf } from "../types/dim.js";
import type { Clash, Diagnostic, Proposal } from "./diagnostic.js";
import { quoted } from "./explain.js";

/** The finding with the simplest clauses under which what it asks for holds, where a clause could say it. */
export function withMissing(d: Diagnostic, facts: Facts): Diagnostic {
  const { clash } = d;
  if (!clash || !(clash.isSayable === true || isPlain(clash))) return d;
  const written = [...symsOf(clash.right, symsOf(clash.left))].filter(
    (s) => s.kind === "size" && s.origin,
  );
  const told = missing(facts, goalOf(clash), written).map((f) => f.text ?? "");
  if (told.length === 0) return d;
  const note = `the missing fact: ${told.map((c) => quoted(`where ${c}`)).join(" or ")}`;
  // What an attempt at a loop found is reported again.
  if (d.proposals?.some((p) => p.kind === "clause")) return d;
  const clauses = told.map((clause): Proposal => ({ kind: "clause", clause }));
  const proposals = [...(d.proposals ?? []), ...clauses];
  // That two sizes could be declared equal is worth trying, but not what is wrong.
  return { ...d, proposals, ...(clash.isSayable ? { notes: [...d.notes, note] } : {}) };
}

/** Two sizes that have names. */
const isPlain = ({ left, right }: Clash): boolean => [left, right].every((d) => symOf(d));

function goalOf({ relation, left, right }: Clash): Fact {
  return relation === "divides"
    ? { relation: "==", left: mod(right, left), right: int(0) }
    : { relation, left, right };
}
