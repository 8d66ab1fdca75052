// Where in the files that were asked for a finding about a graph is shown.
import type { Member } from "../../grammar/ast.js";
import type { SourceFile, Span } from "../../grammar/source.js";
import type { Instance } from "../check/meaning.js";
import type { Label } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { VariableSpec } from "../ir/program.js";

/** The files that were asked for. */
export type Files = ReadonlySet<SourceFile>;

/** The innermost place of a value that stands in one of the files. */
export const placeOf = (value: Value, files: Files): Span | undefined =>
  value.spans.find((span) => files.has(span.file));

/** The member that a path begins with, where the model is written in one of the files; else `fallback`. */
export function memberAt(
  root: Instance,
  path: string,
  files: Files,
  fallback: Span,
): { readonly span: Span; readonly member?: Member } {
  const [first] = path.split(".").slice(root.path.length);
  const member = root.decl.members.find((m) => "name" in m && m.name.name === first);
  return member && "name" in member && files.has(member.name.span.file)
    ? { span: member.name.span, member }
    : { span: fallback };
}

/** "`head.weight` is declared here" for the first few, where that is another place than `at`. */
export function declarations(
  specs: readonly VariableSpec[],
  root: Instance,
  files: Files,
  fallback: Span,
): readonly Label[] {
  const seen = new Set<number>();
  return specs
    .flatMap(({ path }): Label[] => {
      const { span, member } = memberAt(root, path, files, fallback);
      if (!member || seen.has(span.start)) return [];
      seen.add(span.start);
      return [{ span, text: `\`${path}\` is part of this` }];
    })
    .slice(0, 3);
}
