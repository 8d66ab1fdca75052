// The language server: what it offers, the texts that the editor has, and when findings are told.
import {
  CodeActionKind,
  createConnection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { colourModifiers, colourTypes } from "../../compiler/queries/colours.js";
import type { Diagnostic } from "../../compiler/diagnostics/index.js";
import { packageVersion } from "../version.js";
import { answerFiles, answerLenses, answerPlaces, type Desk } from "./features.js";
import { pathOf, uriOf } from "./places.js";
import { Projects, type Opened, type Project } from "./project.js";
import { shownDiagnostic } from "./shapes.js";

/** How long after an edit the files are checked, and how long after that repairs and models are looked at, in milliseconds. */
const pauses = { check: 40, inspect: 500 } as const;

/** Serves one editor over the streams of this process, until it says that it is done. */
export function serve(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, input, output);
  const server = new Server(connection);
  server.listen();
  return new Promise((done) => {
    connection.onExit(() => {
      done();
    });
    input.on("end", () => {
      done();
    });
  });
}

const capabilities: InitializeResult["capabilities"] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  completionProvider: { triggerCharacters: [".", '"', "@", ":", "(", "{", "/"] },
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  inlayHintProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  codeLensProvider: { resolveProvider: true },
  semanticTokensProvider: {
    legend: { tokenTypes: [...colourTypes], tokenModifiers: [...colourModifiers] },
    full: true,
    range: true,
  },
};

class Server {
  private readonly connection: Connection;
  private readonly documents = new TextDocuments(TextDocument);
  private readonly projects = new Projects();
  private readonly timers = new Map<
    Project,
    { check?: NodeJS.Timeout; inspect?: NodeJS.Timeout }
  >();
  /** The addresses that have findings in the editor, by project. */
  private readonly told = new Map<Project, ReadonlySet<string>>();
  private hasSnippets = false;
  private canWatch = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  listen(): void {
    const { connection, documents } = this;
    connection.onInitialize((params) => this.initialize(params));
    connection.onInitialized(() => {
      if (!this.canWatch) return;
      const watchers = [{ globPattern: "**/*.dl" }, { globPattern: "**/dl.json" }];
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    });
    const changed = ({ document }: { readonly document: TextDocument }): void => {
      this.guarded(() => {
        this.edited(document);
      })(undefined);
    };
    documents.onDidOpen(changed);
    documents.onDidChangeContent(changed);
    documents.onDidSave(changed);
    documents.onDidClose(({ document }) => {
      this.reload(document.uri);
    });
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) if (!documents.get(uri)) this.reload(uri);
    });
    const desk: Desk = {
      open: (uri) => this.open(uri),
      projects: () => this.projects.all(),
      takesSnippets: () => this.hasSnippets,
      guarded: (answer) => this.guarded(answer),
      refuse: (reason) => {
        throw new ResponseError(ErrorCodes.InvalidRequest, reason);
      },
    };
    answerPlaces(connection, desk);
    answerFiles(connection, desk);
    answerLenses(connection, desk);
    documents.listen(connection);
    connection.listen();
  }

  private initialize({ capabilities: client }: InitializeParams): InitializeResult {
    const { textDocument, workspace } = client;
    this.hasSnippets = textDocument?.completion?.completionItem?.snippetSupport === true;
    this.canWatch = workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return { capabilities, serverInfo: { name: "dl", version: packageVersion() } };
  }

  /** A handler whose faults are logged and answered by nothing: an editor never loses its server. */
  private guarded<P, R>(answer: (params: P) => R): (params: P) => R | null {
    return (params) => {
      try {
        return answer(params);
      } catch (fault) {
        if (fault instanceof ResponseError) throw fault;
        const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
        this.connection.console.error(`a fault in Adjoint itself: ${text}`);
        return null;
      }
    };
  }

  // ----------------------------------------------------------------------- texts

  private open(uri: string): Opened | undefined {
    const path = pathOf(uri);
    const document = this.documents.get(uri);
    const project = path === undefined ? undefined : this.projects.of(path);
    if (path === undefined || !project) return undefined;
    if (document) project.edit(path, document.getText());
    return project.open(path);
  }

  private edited(document: TextDocument): void {
    const path = pathOf(document.uri);
    const project = path === undefined ? undefined : this.projects.of(path);
    if (path === undefined || !project) return;
    project.edit(path, document.getText());
    this.schedule(project);
  }

  /** A file is as the disk has it. */
  private reload(uri: string): void {
    const path = pathOf(uri);
    const project = path?.endsWith(".dl") === true ? this.projects.of(path) : undefined;
    if (path === undefined || !project) return;
    project.reload(path);
    this.schedule(project);
  }

  // -------------------------------------------------------------------- findings

  private schedule(project: Project): void {
    const timers = this.timers.get(project) ?? {};
    this.timers.set(project, timers);
    clearTimeout(timers.check);
    clearTimeout(timers.inspect);
    timers.check = setTimeout(() => {
      this.guarded(() => {
        this.tell(project, project.quick());
      })(undefined);
    }, pauses.check);
    timers.inspect = setTimeout(() => {
      this.guarded(() => {
        this.tell(project, project.thorough(this.openIn(project)));
      })(undefined);
    }, pauses.inspect);
  }

  private openIn(project: Project): readonly string[] {
    const paths = this.documents.keys().map(pathOf);
    return paths
      .filter((path) => path !== undefined)
      .filter((path) => this.projects.of(path) === project);
  }

  /** Tells what is wrong with the files of a project; those that are well now are told so. */
  private tell(project: Project, found: readonly Diagnostic[]): void {
    const byFile = new Map<string, Diagnostic[]>();
    for (const d of found) {
      const uri = uriOf(d.primary.span.file);
      const list = byFile.get(uri);
      if (list) list.push(d);
      else byFile.set(uri, [d]);
    }
    const open = this.documents
      .all()
      .filter(({ uri }) => this.projects.of(pathOf(uri) ?? "") === project);
    const addresses = new Set([
      ...byFile.keys(),
      ...(this.told.get(project) ?? []),
      ...open.map(({ uri }) => uri),
    ]);
    for (const uri of addresses) {
      const document = this.documents.get(uri);
      const diagnostics = (byFile.get(uri) ?? []).map(shownDiagnostic);
      void this.connection.sendDiagnostics({
        uri,
        diagnostics,
        ...(document ? { version: document.version } : {}),
      });
    }
    this.told.set(project, new Set(byFile.keys()));
  }
}
