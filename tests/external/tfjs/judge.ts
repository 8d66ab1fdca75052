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
const notFinite = "NaN or infinities as operands, on which kernels may not rely";

/** Judges a spec by what it did and how it ended. */
export function judge(outcome: Outcome): Verdict {
  const { status, messages, programs, refusals } = outcome;
  const known = knownDifferences.find(
    ({ file, name }) => file === outcome.file && name.test(outcome.name),
  );
  const outside = outsideOf(outcome);
  if (outside !== undefined) return { kind: "not applicable", reason: outside };
  if (known) return { kind: "differs", reason: known.reason };
  if (status === "passed" && programs + refusals > 0) return { kind: "passed" };
  if (status === "passed") return { kind: "not applicable", reason: ownMatters };
  if (status !== "failed") return { kind: "not applicable", reason: "left out by tfjs" };
  if (/Expected function to throw/.test(messages.join("\n")))
    return { kind: "not applicable", reason: ownWords };
  if (outcome.nonFinite) return { kind: "not applicable", reason: notFinite };
  return { kind: "failed", reason: messages[0]?.split("\n").slice(0, 6).join(" ") ?? "" };
}

/** Why a spec asks for what the language does not have, where it does. */
function outsideOf({ outside, messages }: Outcome): string | undefined {
  return outside[0] ?? /outside the language: (.*)/.exec(messages.join("\n"))?.[1];
}
