// Answers the questions that an editor asks about a place or a file.
import {
  SemanticTokensBuilder,
  type CodeLens,
  type Connection,
  type Position,
  type Range,
  type SemanticTokens,
  type SymbolInformation,
} from "vscode-languageserver/node";
import { coloursIn, colourModifiers, colourTypes } from "../../compiler/queries/colours.js";
import { completionsAt } from "../../compiler/queries/completion/index.js";
import { hintsIn } from "../../compiler/queries/hints.js";
import { hoverAt } from "../../compiler/queries/hover.js";
import { lensesOf, lensText, type Lens } from "../../compiler/queries/lens.js";
import { foldsOf, outlineOf } from "../../compiler/queries/outline.js";
import {
  definitionAt,
  referencesAt,
  renameable,
  renameAt,
} from "../../compiler/queries/references.js";
import { signatureAt } from "../../compiler/queries/signature.js";
import type { Place } from "../../compiler/queries/site.js";
import { format } from "../../grammar/index.js";
import { parse } from "../../grammar/parser.js";
import type { SourceFile } from "../../grammar/source.js";
import { actionsIn } from "./actions.js";
import { locationOf, offsetAt, pathOf, positionAt, rangeOf } from "./places.js";
import type { Opened, Project } from "./project.js";
import {
  shownCompletion,
  shownEdits,
  shownFold,
  shownHint,
  shownHover,
  shownSignature,
  shownSymbol,
  symbolKindOf,
} from "./shapes.js";

/** What the handlers need of the server. */
export interface Desk {
  /** The file at an address as the editor has it; undefined for one that nobody knows. */
  open(uri: string): Opened | undefined;
  projects(): readonly Project[];
  /** Whether the editor fills in snippets. */
  takesSnippets(): boolean;
  /** A handler whose faults are logged and answered by nothing. */
  guarded<P, R>(answer: (params: P) => R): (params: P) => R | null;
  /** Refuses a request with a reason that the editor shows. */
  refuse(reason: string): never;
}

interface AtPlace {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
}

const placeIn = ({ library, unit, file }: Opened, position: Position): Place => ({
  library,
  unit,
  offset: offsetAt(file, position),
});

/** Registers the questions about a place. */
export function answerPlaces(connection: Connection, desk: Desk): void {
  const at = <R>(answer: (opened: Opened, place: Place, params: AtPlace) => R | undefined) =>
    desk.guarded((params: AtPlace): R | null => {
      const opened = desk.open(params.textDocument.uri);
      return (opened && answer(opened, placeIn(opened, params.position), params)) ?? null;
    });
  connection.onHover(
    at((_, place) => {
      const hover = hoverAt(place);
      return hover && shownHover(hover);
    }),
  );
  connection.onDefinition(
    at((_, place) => {
      const span = definitionAt(place);
      return span && locationOf(span);
    }),
  );
  connection.onReferences(
    desk.guarded((params) => {
      const opened = desk.open(params.textDocument.uri);
      const found = opened ? referencesAt(placeIn(opened, params.position)) : [];
      const { includeDeclaration } = params.context;
      return found
        .filter(({ isDeclaration }) => includeDeclaration || !isDeclaration)
        .map(({ span }) => locationOf(span));
    }),
  );
  connection.onDocumentHighlight(
    at(({ file }, place) =>
      referencesAt(place)
        .filter(({ span }) => span.file === file)
        .map(({ span }) => ({ range: rangeOf(span) })),
    ),
  );
  connection.onCompletion(
    at(({ library, unit, file, project }, { offset }) => {
      const { items, ...where } = completionsAt(library, unit, offset, project.host);
      return items.map((item) => shownCompletion(file, where, item, desk.takesSnippets()));
    }),
  );
  connection.onSignatureHelp(
    at(({ library, unit, project }, { offset }) => {
      const signature = signatureAt(library, unit, offset, project.host);
      return signature && shownSignature(signature);
    }),
  );
  answerRenames(connection, desk);
}

function answerRenames(connection: Connection, desk: Desk): void {
  connection.onPrepareRename((params) => {
    const opened = desk.open(params.textDocument.uri);
    if (!opened) return null;
    const found = renameable(placeIn(opened, params.position));
    if ("problem" in found) return desk.refuse(found.problem);
    return { range: rangeOf(found.span), placeholder: found.name };
  });
  connection.onRenameRequest((params) => {
    const opened = desk.open(params.textDocument.uri);
    if (!opened) return null;
    const place = placeIn(opened, params.position);
    const renaming = renameAt(place, params.newName, opened.project.state().host);
    if (renaming.problem !== undefined) return desk.refuse(renaming.problem);
    return shownEdits(renaming.edits);
  });
}

/** Registers the questions about a whole file, or a part of it. */
export function answerFiles(connection: Connection, desk: Desk): void {
  const of = <P extends { readonly textDocument: { readonly uri: string } }, R>(
    answer: (opened: Opened, params: P) => R,
  ) =>
    desk.guarded((params: P): R | null => {
      const opened = desk.open(params.textDocument.uri);
      return opened ? answer(opened, params) : null;
    });
  connection.onDocumentSymbol(of(({ file }) => outlineOf(parse(file).module).map(shownSymbol)));
  connection.onFoldingRanges(of(({ file }) => foldsOf(parse(file).module).map(shownFold)));
  connection.languages.inlayHint.on(
    of(({ library, unit, file }, { range }: { textDocument: { uri: string }; range: Range }) => {
      const [start, end] = [offsetAt(file, range.start), offsetAt(file, range.end)];
      return hintsIn(library, unit, start, end).map((hint) => shownHint(file, hint));
    }),
  );
  connection.onCodeAction(
    of((opened, { range }: { textDocument: { uri: string }; range: Range }) => {
      const { file } = opened;
      return [...actionsIn(opened, offsetAt(file, range.start), offsetAt(file, range.end))];
    }),
  );
  const colours = ({ library, unit, file }: Opened, start: number, end: number): SemanticTokens => {
    const builder = new SemanticTokensBuilder();
    for (const name of coloursIn(library, unit, start, end)) {
      const { line, character } = positionAt(file, name.start);
      const bits = name.modifiers.reduce((all, m) => all | (1 << colourModifiers.indexOf(m)), 0);
      builder.push(line, character, name.end - name.start, colourTypes.indexOf(name.type), bits);
    }
    // Without the builder's id, which is the time and is for answers that say what changed.
    return { data: builder.build().data };
  };
  const none: SemanticTokens = { data: [] };
  connection.languages.semanticTokens.on(
    (params) => of((opened) => colours(opened, 0, opened.file.text.length))(params) ?? none,
  );
  connection.languages.semanticTokens.onRange(
    (params) =>
      of((opened) => {
        const { start, end } = params.range;
        return colours(opened, offsetAt(opened.file, start), offsetAt(opened.file, end));
      })(params) ?? none,
  );
  connection.onDocumentFormatting(async ({ textDocument }) => {
    const opened = desk.open(textDocument.uri);
    return opened ? formattingOf(opened.file) : null;
  });
  connection.onWorkspaceSymbol(desk.guarded(({ query }) => symbolsLike(desk.projects(), query)));
}

/** The one edit that lays a file out; none where it is laid out already, or cannot be read. */
async function formattingOf(file: SourceFile): Promise<{ range: Range; newText: string }[]> {
  const result = await format(file.text, file.path);
  if ("problems" in result || result.text === file.text) return [];
  const [before, after] = [file.text, result.text];
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const range = rangeOf({ file, start, end: before.length - end });
  return [{ range, newText: after.slice(start, after.length - end) }];
}

/** Declarations and members of all packages whose names hold the letters of a query in their order. */
function symbolsLike(projects: readonly Project[], query: string): SymbolInformation[] {
  const wanted = [...query.toLowerCase()];
  const isLike = (name: string): boolean => {
    let at = 0;
    for (const letter of name.toLowerCase()) if (letter === wanted[at]) at++;
    return at === wanted.length;
  };
  return projects.flatMap((project) =>
    project.state().library.entries.flatMap(({ module }) =>
      outlineOf(module).flatMap((entry) => {
        const inside = entry.children.map((child) => ({ ...child, containerName: entry.name }));
        return [{ ...entry, containerName: "" }, ...inside]
          .filter(({ name }) => isLike(name))
          .map(({ name, kind, nameSpan, containerName }) => ({
            name,
            kind: symbolKindOf(kind),
            location: locationOf(nameSpan),
            ...(containerName === "" ? {} : { containerName }),
          }));
      }),
    ),
  );
}

/** The name of the command behind a remark that can be run; the editor's client knows it. */
export const runCommand = "adjoint.run";

/** Registers the remarks above declarations. */
export function answerLenses(connection: Connection, desk: Desk): void {
  connection.onCodeLens(
    desk.guarded(({ textDocument }) => {
      const opened = desk.open(textDocument.uri);
      return (opened ? lensesOf(opened.unit) : []).map(({ span, action }) => ({
        range: rangeOf(span),
        data: { uri: textDocument.uri, start: span.start, ...(action ? { action } : {}) },
      }));
    }),
  );
  connection.onCodeLensResolve(
    (lens) => desk.guarded(() => resolved(lens, desk))(undefined) ?? lens,
  );
}

function resolved(lens: CodeLens, desk: Desk): CodeLens {
  const { uri, start } = lens.data as { uri: string; start: number };
  const opened = desk.open(uri);
  const found = opened && lensesOf(opened.unit).find(({ span }) => span.start === start);
  if (!opened || !found) return { ...lens, command: { title: "", command: "" } };
  const title = lensText(opened.library, opened.unit, found);
  const args = found.action ? commandLine(found.action, pathOf(uri) ?? uri) : undefined;
  const command = args ? runCommand : "";
  return { ...lens, command: { title, command, ...(args ? { arguments: [...args] } : {}) } };
}

/** The arguments of `dl` that a remark runs. */
const commandLine = (
  { kind, name }: NonNullable<Lens["action"]>,
  path: string,
): readonly string[] =>
  kind === "property" ? ["test", path, "--only", name] : ["train", path, "--run", name];
