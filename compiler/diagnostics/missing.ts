// Names the fact that a proof misses, and proposes the clauses that would say it.
import { missing, type Fact, type Facts } from "../types/constraints.js";
import { int, mod, symsOf } from "../types/dim.js";
import { clauseText } from "./catalogue/proposals.js";
import type { Clash, Diagnostic, Proposal } from "./diagnostic.js";
import { quoted } from "./explain.js";

/** The finding with the simplest clauses under which what it asks for holds, where a clause could say it. */
export function withMissing(d: Diagnostic, facts: Facts): Diagnostic {
  const { clash } = d;
  if (!clash?.isSayable) return d;
  const syms = symsOf(clash.right, symsOf(clash.left));
  if (syms.size === 0) return d;
  const written = [...syms].filter((s) => s.kind === "size" && s.origin);
  const clauses = missing(facts, goalOf(clash), written).map((f) => f.text ?? "");
  const { relation, left, right } = clash;
  const told = clauses.length > 0 ? clauses : [clauseText(relation, left, right)];
  const note = `the missing fact: ${told.map((c) => quoted(`where ${c}`)).join(" or ")}`;
  // What an attempt at a loop found is reported again.
  if (d.notes.includes(note)) return d;
  const proposals = told.map((clause): Proposal => ({ kind: "clause", clause }));
  return { ...d, notes: [...d.notes, note], proposals: [...(d.proposals ?? []), ...proposals] };
}

function goalOf({ relation, left, right }: Clash): Fact {
  return relation === "divides"
    ? { relation: "==", left: mod(right, left), right: int(0) }
    : { relation, left, right };
}
