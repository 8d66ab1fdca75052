// A file as it would be if a name stood at the cursor: half a line then reads as a whole one, and says what may stand there.
import type { Item, Module, Node } from "../../../grammar/ast.js";
import { parse } from "../../../grammar/parser.js";
import type { SourceFile } from "../../../grammar/source.js";
import { libraryOf } from "../../check/library.js";
import { overlaid, type Host, type Library, type Unit } from "../../resolve/modules.js";
import { evaluated, type Evaluated } from "../evaluated.js";
import { bindItem } from "../names/binder.js";
import type { Binding } from "../names/binding.js";
import type { Env } from "../names/env.js";
import { itemAt, pathAt, wordAt } from "../tree.js";

/** What a name at the cursor ends in; no program has such a name. */
const mark = "zzCursorzz";

/** The place where something is to be completed. */
export interface Cursor {
  readonly host: Host;
  readonly library: Library;
  readonly unit: Unit;
  /** The file as it is. */
  readonly original: Unit;
  /** The tree with a name at the cursor, and the text that it was read from. */
  readonly module: Module;
  readonly item: Item | undefined;
  readonly known: Evaluated | undefined;
  readonly binding: Binding | undefined;
  /** The nodes around the cursor, outermost first. */
  readonly path: readonly Node[];
  /** The beginning of a word that stands before the cursor, and where it and the whole word lie in the original text. */
  readonly prefix: string;
  readonly start: number;
  readonly end: number;
  /** The text of the cursor's line before the word. */
  readonly line: string;
}

/** Reads a file with a name at the cursor. */
export function cursorAt(library: Library, unit: Unit, offset: number, host: Host): Cursor {
  const { file } = unit.module;
  const { start, end } = wordAt(file.text, offset);
  const prefix = file.text.slice(start, offset);
  const before = file.text.slice(0, start);
  const marked: SourceFile = {
    path: file.path,
    text: `${before}${prefix}${mark}${file.text.slice(end)}`,
  };
  const files = library.entries.map(({ module }) =>
    module.file.path === file.path ? marked : module.file,
  );
  const all = files.includes(marked) ? files : [...files, marked];
  const read = libraryOf(all, overlaid(all, host));
  const own = [...read.units.values()].find(({ module }) => module.file === marked) ?? unit;
  const { module } = parse(marked);
  const item = itemAt(module, offset);
  const known = item && evaluated(read, own, item);
  return {
    host,
    library: read,
    unit: own,
    original: unit,
    module,
    item,
    known,
    binding: item && bindItem(read, own, item, known),
    path: item ? [item, ...pathAt(item, offset)] : [],
    prefix,
    start,
    end,
    line: before.slice(before.lastIndexOf("\n") + 1),
  };
}

/** Whether a written name is the one at the cursor. */
export const isMarked = (name: string): boolean => name.endsWith(mark);

/** The names visible at the cursor by the text; those of the nearest node around it where it has none of its own. */
export function envAt({ binding, path, start }: Cursor): Env | undefined {
  for (const node of [...path].reverse()) {
    const known = binding?.envs.get(node) ?? lastStatement(binding, node, start);
    if (known) return known;
  }
  return binding?.module();
}

/** What the statement before the cursor sees, in a block whose line at the cursor could not be read. */
function lastStatement(binding: Binding | undefined, node: Node, before: number): Env | undefined {
  if (!("statements" in node) || !Array.isArray(node.statements)) return undefined;
  const statements = (node.statements as readonly Node[]).filter(({ span }) => span.end <= before);
  const last = statements.at(-1);
  return last && binding?.envs.get(last);
}
