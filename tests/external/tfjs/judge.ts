// What a spec says about Adjoint: whether it passed, differs for a reason that is known, or does not concern it.
import { knownDifferences } from "./differences.js";
import type { Note } from "./notes.js";

/** What one spec did. */
export interface Outcome extends Note {
  readonly file: string;
  readonly name: string;
  readonly status: string;
  readonly messages: readonly string[];
}

/** The judgement of one spec. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "differs" | "not applicable" | "failed"; readonly reason: string };

const ownMatters =
  "no tensor is computed: arguments, shapes, memory and names are matters of tfjs itself";
const ownWords = "a mistake that tfjs refuses in words of its own, or by checks of its own kernels";

/** Judges a spec by what it did and how it ended. */
export function judge(outcome: Outcome): Verdict {
  const { status, messages, programs, refusals } = outcome;
  const [outside] = outcome.outside;
  const said = messages.join("\n");
  if (outside !== undefined) return { kind: "not applicable", reason: outside };
  const told = /outside the language: (.*)/.exec(said);
  if (told?.[1] !== undefined) return { kind: "not applicable", reason: told[1] };
  const wasAsked = programs + refusals > 0;
  if (status === "passed")
    return wasAsked ? { kind: "passed" } : { kind: "not applicable", reason: ownMatters };
  if (status !== "failed") return { kind: "not applicable", reason: "left out by tfjs" };
  const known = knownDifferences.find(
    ({ file, name }) => file === outcome.file && name.test(outcome.name),
  );
  if (known) return { kind: "differs", reason: known.reason };
  if (/Expected function to throw/.test(said)) return { kind: "not applicable", reason: ownWords };
  if (outcome.nonFinite)
    return {
      kind: "not applicable",
      reason: "NaN or infinities as operands, on which kernels may not rely",
    };
  return { kind: "failed", reason: messages[0]?.split("\n").slice(0, 6).join(" ") ?? "" };
}
