// A language client for tests: the protocol's own library over the streams of a spawned server.
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol/node";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A server under test and a connection to it. */
export interface Client {
  readonly connection: ProtocolConnection;
  readonly process: ChildProcess;
  readonly initialized: InitializeResult;
  /** What the server wrote beside the protocol. */
  readonly errors: () => string;
  /** Messages that the server logged. */
  readonly log: readonly string[];
  open(path: string, text: string): void;
  change(path: string, text: string): void;
  close(path: string): void;
  /** The next findings of a file that fulfil a condition. */
  findings(
    path: string,
    wanted?: (found: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]>;
  /** Ends the server as an editor does; its exit status. */
  stop(): Promise<number | null>;
}

export const uriOf = (path: string): string => pathToFileURL(path).href;

/** Starts `dl lsp` from source and greets it. */
export async function startServer(folder: string): Promise<Client> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", `${root}cli/main.ts`, "lsp", "--stdio"],
    {
      cwd: root,
      stdio: "pipe",
    },
  );
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const told = new Map<string, readonly Diagnostic[]>();
  const waiting = new Set<() => void>();
  const log: string[] = [];
  connection.onNotification(
    "textDocument/publishDiagnostics",
    (params: PublishDiagnosticsParams) => {
      told.set(params.uri, params.diagnostics);
      for (const look of [...waiting]) look();
    },
  );
  connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
    log.push(message);
  });
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const initialized: InitializeResult = await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: uriOf(folder),
    capabilities: {
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
    },
  });
  await connection.sendNotification("initialized", {});
  let version = 0;
  const notify = (method: string, params: object): void => {
    void connection.sendNotification(method, params);
  };
  return {
    connection,
    process: child,
    initialized,
    errors: () => errors,
    log,
    open(path, text) {
      const textDocument = { uri: uriOf(path), languageId: "adjoint", version: ++version, text };
      notify("textDocument/didOpen", { textDocument });
    },
    change(path, text) {
      const textDocument = { uri: uriOf(path), version: ++version };
      told.delete(uriOf(path));
      notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    },
    close(path) {
      notify("textDocument/didClose", { textDocument: { uri: uriOf(path) } });
    },
    findings(path, wanted = () => true) {
      return new Promise((done) => {
        const look = (): void => {
          const found = told.get(uriOf(path));
          if (!found || !wanted(found)) return;
          waiting.delete(look);
          done(found);
        };
        waiting.add(look);
        look();
      });
    },
    async stop() {
      const ended = new Promise<number | null>((done) => child.on("exit", done));
      await connection.sendRequest("shutdown");
      notify("exit", {});
      const status = await ended;
      connection.dispose();
      return status;
    },
  };
}
