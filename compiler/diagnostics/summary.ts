// A finding in plain sentences, for renderers whose readers see no source text beside it.
import { positionOf, type Span } from "../../grammar/source.js";
import type { Diagnostic, Fix } from "./diagnostic.js";

/** The finding in one line: "Inner dimensions differ: `D` meets `H`". */
export const headline = ({ title, primary }: Diagnostic): string =>
  primary.text === "" ? title : `${title}: ${primary.text}`;

/** What else is known, a line each: the compared types, where the facts came from, the notes, the repair. */
export function details(d: Diagnostic): readonly string[] {
  return [
    ...(d.comparison ?? []).map(({ name, dtype, axes }) => `${name}: ${dtype}[${axes.join(", ")}]`),
    ...d.secondary.map(({ span, text }) => `${placeOf(span)}: ${text}`),
    ...d.notes,
    ...(d.fixes ?? []).map((fix) => `help: ${repairText(fix)}`),
  ];
}

/** A repair and what it leaves: "transpose `w` (leaves no error)". */
export const repairText = ({ title, leaves }: Fix): string =>
  `${title} (leaves ${leaves === 0 ? "no" : String(leaves)} error${leaves > 1 ? "s" : ""})`;

/** `mlp.dl:5:13`; the path alone for a file without a text. */
export function placeOf({ file, start }: Span): string {
  if (file.text === "") return file.path;
  const { line, column } = positionOf(file, start);
  return `${file.path}:${String(line)}:${String(column)}`;
}
