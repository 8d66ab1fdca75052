// Quick fixes: the repairs that hold, and an attribute that silences a warning.
import {
  CodeActionKind,
  type CodeAction,
  type Diagnostic as Shown,
} from "vscode-languageserver/node";
import type { Diagnostic } from "../../compiler/diagnostics/index.js";
import type { Item, Node } from "../../grammar/ast.js";
import { lineText, positionOf, type SourceFile } from "../../grammar/source.js";
import { children } from "../../grammar/walk.js";
import type { Opened } from "./project.js";
import { shownDiagnostic, shownEdits } from "./shapes.js";

/** What can be done about the findings that touch a stretch of a file. */
export function actionsIn(
  { project, unit, file }: Opened,
  start: number,
  end: number,
): readonly CodeAction[] {
  const found = project.thorough([file.path]).filter(({ primary: { span } }) => {
    return span.file.path === file.path && span.start <= end && span.end >= start;
  });
  return found.flatMap((d) => {
    const shown = shownDiagnostic(d);
    return [...repairs(d, shown), ...silencers(d, shown, unit.module.items, file)];
  });
}

function repairs({ fixes = [] }: Diagnostic, shown: Shown): readonly CodeAction[] {
  return fixes.map(({ title, edits, leaves }) => ({
    title: `${title[0]?.toUpperCase() ?? ""}${title.slice(1)}`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [shown],
    edit: shownEdits(edits),
    // Where it is the only one, and leaves nothing wrong.
    isPreferred: fixes.length === 1 && leaves === 0,
  }));
}

/** `@allow(code)` before the declaration or member that a warning is about. */
function silencers(
  { code, severity, primary: { span } }: Diagnostic,
  shown: Shown,
  items: readonly Item[],
  file: SourceFile,
): readonly CodeAction[] {
  if (severity !== "warning") return [];
  const item = items.find((i) => i.span.start <= span.start && span.end <= i.span.end);
  const member = item && children(item).find((n) => isAttributed(n) && holds(n, span.start));
  const at = (member ?? item)?.span.start;
  if (at === undefined) return [];
  const { line } = positionOf(file, at);
  const indent = /^\s*/.exec(lineText(file, line))?.[0] ?? "";
  const edit = { span: { file, start: at, end: at }, text: `@allow(${code})\n${indent}` };
  return [
    {
      title: `Silence \`${code}\` here`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [shown],
      edit: shownEdits([edit]),
    },
  ];
}

const isAttributed = (node: Node): boolean => "attributes" in node;

const holds = ({ span }: Node, offset: number): boolean =>
  span.start <= offset && offset <= span.end;
