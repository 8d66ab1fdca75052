// Names the fact that a proof misses, and proposes the clauses that would say it.
import { missing, type Fact, type Facts } from "../types/constraints.js";
import { constantOf, int, mod, sub, symOf, symsOf, type Atom, type Dim } from "../types/dim.js";
import type { Clash, Diagnostic, Proposal } from "./diagnostic.js";
import { quoted } from "./explain.js";

/** The finding with the simplest clauses under which what it asks for holds, where a clause could say it. */
export function withMissing(d: Diagnostic, facts: Facts): Diagnostic {
  const { clash } = d;
  // What an attempt at a loop found is reported again.
  if (!clash || d.proposals?.some((p) => p.kind === "clause")) return d;
  const isOpen = clash.isSayable === true;
  if (!isOpen && !isPlain(clash) && !hasQuotient(clash)) return d;
  const written = [...symsOf(clash.right, symsOf(clash.left))].filter(
    (s) => s.kind === "size" && s.origin,
  );
  const found = missing(facts, goalOf(clash), written);
  // Of sizes that differ, an equality is worth trying but not what is wrong; that one must divide another may be.
  const said = isOpen ? found : found.filter(isRemainder);
  const tried = isOpen || isPlain(clash) ? found : said;
  const clauses = tried.map((f): Proposal => ({ kind: "clause", clause: f.text ?? "" }));
  const note = `the missing fact: ${said.map((f) => quoted(`where ${f.text ?? ""}`)).join(" or ")}`;
  return {
    ...d,
    proposals: [...(d.proposals ?? []), ...clauses],
    ...(said.length > 0 ? { notes: [...d.notes, note] } : {}),
  };
}

/** The quotients of a dim, where they are not inside of other parts. */
const quotientsOf = (d: Dim): readonly Extract<Atom, { kind: "floor" }>[] =>
  d.terms.flatMap((t) => t.factors.flatMap(({ atom }) => (atom.kind === "floor" ? [atom] : [])));

/** Whether a side is made with a quotient or a remainder. */
const hasQuotient = ({ left, right }: Clash): boolean =>
  quotientsOf(left).length + quotientsOf(right).length > 0;

/** Whether a clause says what a division leaves: `D % H == 0`. */
const isRemainder = ({ left, right }: Fact): boolean => {
  const difference = sub(left, right);
  return quotientsOf(difference).some(
    ({ num, den }) => constantOf(sub(difference, mod(num, den))) !== undefined,
  );
};

/** Two sizes that have names. */
const isPlain = ({ left, right }: Clash): boolean => [left, right].every((d) => symOf(d));

function goalOf({ relation, left, right }: Clash): Fact {
  return relation === "divides"
    ? { relation: "==", left: mod(right, left), right: int(0) }
    : { relation, left, right };
}
