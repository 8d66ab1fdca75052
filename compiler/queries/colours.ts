// What each name of a file is, for editors that colour names by their meaning.
import type { Library, Unit } from "../resolve/modules.js";
import { bindItem } from "./names/binder.js";
import type { Occurrence, TargetKind } from "./names/target.js";

/** What a name is coloured as; these are token types of the language server protocol. */
export const colourTypes = [
  "class",
  "function",
  "method",
  "property",
  "parameter",
  "variable",
  "typeParameter",
  "type",
] as const;
export type ColourType = (typeof colourTypes)[number];

/** What else is said of a name; these are modifiers of the language server protocol. */
export const colourModifiers = [
  "declaration",
  "readonly",
  "modification",
  "defaultLibrary",
] as const;
export type ColourModifier = (typeof colourModifiers)[number];

/** A name with its colour. */
export interface ColouredName {
  readonly start: number;
  readonly end: number;
  readonly type: ColourType;
  readonly modifiers: readonly ColourModifier[];
}

const typeOf: Readonly<Record<TargetKind, ColourType>> = {
  const: "variable",
  fn: "function",
  layer: "class",
  model: "class",
  adapter: "class",
  optimizer: "class",
  train: "class",
  static: "typeParameter",
  tensor: "parameter",
  dim: "typeParameter",
  let: "variable",
  var: "variable",
  loop: "variable",
  parameter: "property",
  state: "property",
  field: "property",
  method: "method",
  axis: "typeParameter",
  result: "property",
  primitive: "function",
  dtype: "type",
  setting: "property",
};

const fixed: ReadonlySet<TargetKind> = new Set(["const", "static", "dim", "let", "loop", "axis"]);

/** The names of a stretch of a file, in their order. By the text alone: what is behind a dot is a member of something. */
export function coloursIn(
  library: Library,
  unit: Unit,
  start: number,
  end: number,
): readonly ColouredName[] {
  const found = new Map<number, ColouredName>();
  for (const item of unit.module.items) {
    if (item.span.end < start || item.span.start > end) continue;
    for (const one of bindItem(library, unit, item).found) {
      const { span } = one;
      if (span.file !== unit.module.file || span.end < start || span.start > end) continue;
      if (!found.has(span.start)) found.set(span.start, colourOf(one));
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

function colourOf({ span, target, isDeclaration, isWrite }: Occurrence): ColouredName {
  const isLibrary = target.kind === "primitive" || target.unit?.path.startsWith("std/") === true;
  return {
    start: span.start,
    end: span.end,
    type: typeOf[target.kind],
    modifiers: [
      ...(isDeclaration ? (["declaration"] as const) : []),
      ...(fixed.has(target.kind) ? (["readonly"] as const) : []),
      ...(isWrite === true ? (["modification"] as const) : []),
      ...(isLibrary ? (["defaultLibrary"] as const) : []),
    ],
  };
}
