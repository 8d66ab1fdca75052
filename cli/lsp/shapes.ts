// Answers of the compiler in the shapes of the protocol.
import {
  CompletionItemKind,
  DiagnosticSeverity,
  DiagnosticTag,
  FoldingRangeKind,
  InlayHintKind,
  InsertTextFormat,
  MarkupKind,
  SymbolKind,
  type CompletionItem,
  type Diagnostic as Shown,
  type DocumentSymbol,
  type FoldingRange,
  type Hover as ShownHover,
  type InlayHint,
  type MarkupContent,
  type SignatureHelp,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { Diagnostic, Edit } from "../../compiler/diagnostics/index.js";
import type { Completion } from "../../compiler/queries/completion/index.js";
import type { Hint } from "../../compiler/queries/hints.js";
import type { Hover } from "../../compiler/queries/hover.js";
import type { Fold, OutlineEntry, OutlineKind } from "../../compiler/queries/outline.js";
import type { Signature } from "../../compiler/queries/signature.js";
import type { SourceFile } from "../../grammar/source.js";
import { locationOf, positionAt, rangeOf, uriOf } from "./places.js";

export const markdown = (value: string): MarkupContent => ({ kind: MarkupKind.Markdown, value });

const code = (text: string): string => `\`\`\`dl\n${text}\n\`\`\``;

/** A finding: its title and label, the rows that it compares, its notes, and the places beside it. */
export function shownDiagnostic(d: Diagnostic): Shown {
  const rows = (d.comparison ?? []).map(
    ({ name, dtype, axes }) => `  ${name}: ${dtype}[${axes.join(", ")}]`,
  );
  const label = d.primary.text === "" ? "" : `: ${d.primary.text}`;
  const fixes = (d.fixes ?? []).map(({ title }) => `help: ${title}`);
  return {
    range: rangeOf(d.primary.span),
    severity: d.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code: d.code,
    source: "dl",
    message: [`${d.title}${label}`, ...rows, ...d.notes, ...fixes].join("\n"),
    relatedInformation: d.secondary.map(({ span, text }) => ({
      location: locationOf(span),
      message: text,
    })),
    ...(d.code.startsWith("unused-") ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** Edits by the file that they change. */
export function shownEdits(edits: readonly Edit[]): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const { span, text } of edits)
    (changes[uriOf(span.file)] ??= []).push({ range: rangeOf(span), newText: text });
  return { changes };
}

export const shownHover = ({ span, head, facts, doc }: Hover): ShownHover => ({
  contents: markdown(
    [
      code(head),
      ...(facts.length > 0 ? [facts.join("  \n")] : []),
      ...(doc === undefined ? [] : ["---", doc]),
    ].join("\n\n"),
  ),
  range: rangeOf(span),
});

export const shownHint = (file: SourceFile, { offset, text, more }: Hint): InlayHint => ({
  position: positionAt(file, offset),
  label: text,
  kind: InlayHintKind.Type,
  ...(more === undefined ? {} : { tooltip: `by default ${more}` }),
});

const symbolKinds: Readonly<Record<OutlineKind, SymbolKind>> = {
  model: SymbolKind.Class,
  layer: SymbolKind.Class,
  adapter: SymbolKind.Class,
  optimizer: SymbolKind.Class,
  train: SymbolKind.Event,
  property: SymbolKind.Boolean,
  fn: SymbolKind.Function,
  const: SymbolKind.Constant,
  parameter: SymbolKind.Array,
  state: SymbolKind.Variable,
  field: SymbolKind.Field,
  init: SymbolKind.Constructor,
};

export const symbolKindOf = (kind: OutlineKind): SymbolKind => symbolKinds[kind];

export const shownSymbol = (entry: OutlineEntry): DocumentSymbol => ({
  name: entry.name === "" ? "(no name)" : entry.name,
  detail: entry.detail,
  kind: symbolKinds[entry.kind],
  range: rangeOf(entry.span),
  selectionRange: rangeOf(entry.nameSpan),
  children: entry.children.map(shownSymbol),
});

export const shownFold = ({ first, last, kind }: Fold): FoldingRange => ({
  startLine: first - 1,
  endLine: last - 1,
  ...(kind === "comment" ? { kind: FoldingRangeKind.Comment } : {}),
  ...(kind === "imports" ? { kind: FoldingRangeKind.Imports } : {}),
});

const completionKinds: Readonly<Record<Completion["kind"], CompletionItemKind>> = {
  const: CompletionItemKind.Constant,
  fn: CompletionItemKind.Function,
  layer: CompletionItemKind.Class,
  model: CompletionItemKind.Class,
  adapter: CompletionItemKind.Class,
  optimizer: CompletionItemKind.Class,
  train: CompletionItemKind.Event,
  static: CompletionItemKind.TypeParameter,
  tensor: CompletionItemKind.Variable,
  dim: CompletionItemKind.TypeParameter,
  let: CompletionItemKind.Variable,
  var: CompletionItemKind.Variable,
  loop: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Property,
  state: CompletionItemKind.Property,
  field: CompletionItemKind.Field,
  method: CompletionItemKind.Method,
  axis: CompletionItemKind.TypeParameter,
  result: CompletionItemKind.Field,
  primitive: CompletionItemKind.Function,
  dtype: CompletionItemKind.Struct,
  setting: CompletionItemKind.Property,
  keyword: CompletionItemKind.Keyword,
  module: CompletionItemKind.Module,
  path: CompletionItemKind.Field,
  argument: CompletionItemKind.Field,
  attribute: CompletionItemKind.Property,
  code: CompletionItemKind.EnumMember,
  format: CompletionItemKind.EnumMember,
};

/** What is offered in the place of a stretch of a file; snippets only where the editor fills them in. */
export function shownCompletion(
  file: SourceFile,
  { start, end }: { readonly start: number; readonly end: number },
  item: Completion,
  takesSnippets: boolean,
): CompletionItem {
  const snippet = takesSnippets ? item.snippet : undefined;
  const newText = snippet ?? item.insert ?? item.label;
  return {
    label: item.label,
    kind: completionKinds[item.kind],
    sortText: (item.rank + 1).toFixed(3).padStart(8, "0"),
    textEdit: { range: rangeOf({ file, start, end }), newText },
    insertTextFormat: snippet === undefined ? InsertTextFormat.PlainText : InsertTextFormat.Snippet,
    ...(item.detail === undefined ? {} : { detail: item.detail }),
    ...(item.doc === undefined ? {} : { documentation: markdown(item.doc) }),
    ...(item.edits
      ? {
          additionalTextEdits: item.edits.map(({ span, text }) => ({
            range: rangeOf(span),
            newText: text,
          })),
        }
      : {}),
  };
}

export function shownSignature({ label, parameters, active, doc }: Signature): SignatureHelp {
  let from = label.indexOf("(") + 1;
  const places = parameters.map((words): { label: [number, number] } => {
    const start = label.indexOf(words, from);
    from = start + words.length;
    return { label: [start, from] };
  });
  return {
    signatures: [
      { label, parameters: places, ...(doc === undefined ? {} : { documentation: markdown(doc) }) },
    ],
    activeSignature: 0,
    // Behind the last parameter none is marked.
    activeParameter: active ?? parameters.length,
  };
}
