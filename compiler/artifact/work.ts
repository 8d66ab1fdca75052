// What a profile needs to know of a launch: how much its group computes, and which lines of the source it covers.
import type { Span } from "../../grammar/source.js";
import type { DispatchPlan } from "../../runtime/format.js";
import { placeOf } from "../diagnostics/index.js";
import { flopsOf } from "../ops/flops.js";
import { formulaOf, type Planned } from "../schedule/index.js";
import { add, int, symsOf, type Sym } from "../types/dim.js";
import type { Words } from "./words.js";

/** The work of a group, for the first of its launches; nothing for the others, and where it changes from round to round of a loop. */
export function workOf(
  { group }: Planned,
  isFirst: boolean,
  syms: readonly Sym[],
  words: Words,
): Pick<DispatchPlan, "flops"> {
  if (!isFirst) return {};
  const computed = new Set([...group.members.keys(), ...group.recomputes]);
  const flops = add(int(0), ...[...computed].map(flopsOf));
  const isKnown = [...symsOf(flops)].every((sym) => syms.includes(sym));
  return isKnown ? { flops: formulaOf(flops, words.numberOf) } : {};
}

/** Lines and calls of groups, as text; each span is looked up once. */
export class Sources {
  readonly #places = new Map<Span, string>();

  /** The lines that a group covers, and the calls that lead to its first result. */
  of({ group, writes }: Planned): Pick<DispatchPlan, "lines" | "calls"> {
    const lines = new Set<string>();
    for (const { spans } of group.members.keys()) {
      const [innermost] = spans;
      if (innermost) lines.add(this.#lineOf(innermost));
    }
    const spans = [...writes].find((v) => v.spans.length > 0)?.spans ?? [];
    return {
      lines: [...lines].sort(byLine),
      calls: [...spans].reverse().map((span) => this.#lineOf(span)),
    };
  }

  /** `gpt.dl:12` for a span that begins there. */
  #lineOf(span: Span): string {
    const known = this.#places.get(span);
    if (known !== undefined) return known;
    const line = placeOf(span).replace(/:\d+$/, "");
    this.#places.set(span, line);
    return line;
  }
}

/** By file, then by number. */
function byLine(a: string, b: string): number {
  const [[fileA, lineA], [fileB, lineB]] = [split(a), split(b)];
  return fileA === fileB ? lineA - lineB : fileA < fileB ? -1 : 1;
}

function split(place: string): [file: string, line: number] {
  const at = place.lastIndexOf(":");
  return [place.slice(0, at), Number(place.slice(at + 1))];
}
