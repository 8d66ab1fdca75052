// Which findings a program asks not to be told of: `@allow(code)` before a declaration or member.
import type { Attribute, Module, Node } from "../../grammar/ast.js";
import { children } from "../../grammar/walk.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";

/** A stretch of a file in which some codes are silent. */
interface Quiet {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly codes: ReadonlySet<string>;
}

/**
 * The findings without the warnings that `@allow` silences: where it stands before a declaration or member around the
 * place of the warning, or around one of the places that the warning names beside it. Errors are never silenced.
 */
export function withoutSilenced(
  diagnostics: readonly Diagnostic[],
  units: readonly Unit[],
): readonly Diagnostic[] {
  if (!diagnostics.some((d) => d.severity === "warning")) return diagnostics;
  const quiet = units.flatMap(({ module }) => quietIn(module));
  if (quiet.length === 0) return diagnostics;
  return diagnostics.filter((d) => d.severity === "error" || !isSilenced(d, quiet));
}

const isSilenced = ({ code, primary, secondary }: Diagnostic, quiet: readonly Quiet[]): boolean =>
  [primary, ...secondary].some(({ span }) =>
    quiet.some(
      (q) =>
        q.codes.has(code) &&
        q.file === span.file.path &&
        q.start <= span.start &&
        span.end <= q.end,
    ),
  );

/** Declarations, their members and lines: all that attributes may stand before. */
function quietIn(module: Module): readonly Quiet[] {
  return module.items.flatMap((item) => [item, ...children(item)].flatMap(quietAt));
}

function quietAt(node: Node & { readonly attributes?: readonly Attribute[] }): readonly Quiet[] {
  const codes = (node.attributes ?? [])
    .filter((a) => a.name.name === "allow")
    .flatMap((a) => a.args.map((arg) => arg.text));
  if (codes.length === 0) return [];
  const { file, start, end } = node.span;
  return [{ file: file.path, start, end, codes: new Set(codes) }];
}
