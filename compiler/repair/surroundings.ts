// What a repair may look at: the finding, and the tree of the file around its place.
import { children, type Module, type Node } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic, Edit } from "../diagnostics/index.js";
import type { Host } from "../resolve/modules.js";

/** A repair with its edits, not yet tried. */
export interface Draft {
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly isAlternative?: true;
}

/** What a proposal may ask of the files around its place. */
export interface Surroundings {
  readonly diagnostic: Diagnostic;
  readonly module: Module;
  readonly host: Host;
}

/** A repair that puts one text in the place of a span of the file. */
export const draft = (
  title: string,
  file: SourceFile,
  [start, end]: readonly [number, number],
  text: string,
): Draft => ({ title, edits: [{ span: { file, start, end }, text }] });

/** The nodes that hold a range of offsets, outermost first. */
export function nodesAround(module: Module, start: number, end: number): readonly Node[] {
  const found: Node[] = [];
  let below = children(module);
  for (;;) {
    const next = below.find((n) => n.span.start <= start && end <= n.span.end);
    if (!next) return found;
    found.push(next);
    below = children(next);
  }
}

/** Whether a node of the tree is of one of these kinds. */
export const isKind = <K extends string>(
  node: Node,
  ...kinds: readonly K[]
): node is Node & { readonly kind: K } =>
  "kind" in node && kinds.some((kind) => kind === node.kind);
