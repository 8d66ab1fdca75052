// Findings as SARIF 2.1.0, the format of code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
import { lineText, positionOf, type SourceFile, type Span } from "../../grammar/source.js";
import { codes, type Code } from "./catalogue/codes.js";
import type { Diagnostic, Edit, Fix, Label } from "./diagnostic.js";
import { report } from "./report.js";
import { details, headline, repairText } from "./summary.js";

/** What the log says about the tool that wrote it. */
export interface SarifTool {
  readonly version: string;
  /** The page of a code as Markdown, where there is one. */
  readonly page: (code: Code) => string | undefined;
}

/** One run as a SARIF log. */
export function renderSarif(diagnostics: readonly Diagnostic[], tool: SarifTool): string {
  const { shown, hidden } = report(diagnostics);
  const used = [...new Set(shown.map((d) => d.code))].sort();
  const fingerprint = fingerprints();
  const run = {
    tool: {
      driver: {
        name: "Adjoint",
        semanticVersion: tool.version,
        rules: used.map((code) => rule(code, tool)),
      },
    },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: true,
        ...(hidden > 0 ? { toolExecutionNotifications: [leftOut(hidden)] } : {}),
      },
    ],
    results: shown.map((d) => result(d, used.indexOf(d.code), fingerprint(d))),
  };
  const $schema = "https://json.schemastore.org/sarif-2.1.0.json";
  return JSON.stringify({ $schema, version: "2.1.0", runs: [run] }, null, 2);
}

function rule(code: Code, tool: SarifTool): object {
  const row: { readonly title: string; readonly severity?: string } = codes[code];
  const page = tool.page(code);
  return {
    id: code,
    shortDescription: { text: row.title },
    defaultConfiguration: { level: row.severity ?? "error" },
    ...(page === undefined ? {} : { help: { text: page, markdown: page } }),
  };
}

const leftOut = (hidden: number): object => ({
  level: "note",
  message: { text: `+${String(hidden)} more findings are not listed` },
});

function result(d: Diagnostic, ruleIndex: number, fingerprint: string): object {
  return {
    ruleId: d.code,
    ruleIndex,
    level: d.severity,
    message: { text: [headline(d), ...details({ ...d, secondary: [] })].join("\n") },
    locations: [{ physicalLocation: physical(d.primary.span) }],
    ...(d.secondary.length > 0 ? { relatedLocations: d.secondary.map(related) } : {}),
    partialFingerprints: { "adjoint/v1": fingerprint },
    ...(d.fixes && d.fixes.length > 0 ? { fixes: d.fixes.map(fix) } : {}),
  };
}

const related = ({ span, text }: Label, i: number): object => ({
  id: i + 1,
  message: { text },
  physicalLocation: physical(span),
});

const fix = (repair: Fix): object => ({
  description: { text: repairText(repair) },
  artifactChanges: changes(repair.edits),
});

/** Edits gathered by file. */
function changes(edits: readonly Edit[]): readonly object[] {
  return [...new Set(edits.map((e) => e.span.file))].map((file) => ({
    artifactLocation: artifact(file),
    replacements: edits
      .filter((e) => e.span.file === file)
      .map(({ span, text }) => ({ deletedRegion: region(span), insertedContent: { text } })),
  }));
}

const physical = (span: Span): object => ({
  artifactLocation: artifact(span.file),
  ...(span.file.text === "" ? {} : { region: region(span) }),
});

/** Lines and columns count from 1, the end column lies behind the last character. */
function region({ file, start, end }: Span): object {
  const [from, to] = [positionOf(file, start), positionOf(file, end)];
  return {
    startLine: from.line,
    startColumn: from.column,
    endLine: to.line,
    endColumn: to.column,
  };
}

/** A relative path is a relative reference, an absolute one a `file` URI. */
function artifact({ path }: SourceFile): object {
  const encoded = path
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return { uri: path.startsWith("/") ? `file://${encoded}` : encoded };
}

/** Names findings so that they keep their name when lines move: by what is said about which line, and a count of repetitions. */
function fingerprints(): (d: Diagnostic) => string {
  const seen = new Map<string, number>();
  return ({ code, primary: { span, text } }) => {
    const { file, start } = span;
    const line = lineText(file, positionOf(file, start).line).trim();
    const hash = hashOf([code, file.path, line, text].join("\n"));
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return `${hash}:${String(count)}`;
  };
}

/** FNV-1a with 64 bits over UTF-16 units. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
