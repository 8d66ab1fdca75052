// Shows what was drawn, for people: sizes, small tensors in full, large ones by their shape.
import type { Space } from "../../compiler/laws/subject.js";
import type { Case, DrawnTensor } from "./case.js";
import { indexOf } from "./tensors.js";

/** More elements than this are not written out. */
const mostElements = 24;

/** The variables of a case, a line each. */
export function showCase(space: Space, { assignment, tensors, seed }: Case): readonly string[] {
  const lines: string[] = [];
  for (const variable of space.variables) {
    const choice = assignment.get(variable.name);
    if (choice === undefined) continue;
    const label = variable.kind === "choice" ? variable.labels[Number(choice)] : undefined;
    const text = typeof choice === "object" ? `[${choice.join(", ")}]` : String(choice);
    lines.push(`\`${variable.name}\` = \`${label ?? text}\``);
  }
  for (const [name, tensor] of tensors) lines.push(`\`${name}\` = \`${showTensor(tensor)}\``);
  return seed === 0 ? lines : [...lines, `the seed \`${String(seed)}\` of initialisers`];
}

/** `f32[2, 2] [[0, 1], [2, 3]]`. */
export function showTensor({ dtype, shape, data }: DrawnTensor): string {
  const type = `${dtype}[${shape.join(", ")}]`;
  if (data.length > 0 && data.every((x) => x === data[0]) && data.length > 1)
    return `${type} of ${showNumber(data[0] ?? 0)}`;
  if (data.length <= mostElements) return `${type} ${nested(shape, data, 0).text}`;
  const busy = data.flatMap((x, i) => (x === 0 ? [] : [i]));
  if (busy.length > mostElements / 2)
    return `${type} ${data.slice(0, 8).map(showNumber).join(" ")} …`;
  const shown = busy.map((i) => `${showNumber(data[i] ?? 0)} at ${showIndex(shape, i)}`);
  return `${type} of 0 but ${shown.join(", ")}`;
}

function nested(
  shape: readonly number[],
  data: readonly number[],
  from: number,
): { readonly text: string; readonly next: number } {
  const [extent, ...rest] = shape;
  if (extent === undefined) return { text: showNumber(data[from] ?? 0), next: from + 1 };
  const parts: string[] = [];
  let at = from;
  for (let i = 0; i < extent; i++) {
    const inner = nested(rest, data, at);
    parts.push(inner.text);
    at = inner.next;
  }
  return { text: `[${parts.join(", ")}]`, next: at };
}

/** Seven digits tell floats of 32 bits apart well enough to be read. */
export const showNumber = (x: number): string => String(Number(x.toPrecision(7)));

/** `[0, 3]`; empty for a scalar. */
export function showIndex(shape: readonly number[], place: number): string {
  return shape.length === 0 ? "" : `[${indexOf(shape, place).join(", ")}]`;
}
