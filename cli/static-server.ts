// Serves the files of one folder over HTTP on this machine alone.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative, sep } from "node:path";
import { dataFault } from "./faults.js";

/** A server that runs. */
export interface StaticServer {
  /** Where it answers, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/**
 * Serves a folder on 127.0.0.1; port 0 takes a free one. Only files that lie in the folder now have an address, so no path leads
 * out of it. Rejects with a data fault where the port is taken.
 */
export function serveFolder(folder: string, port: number): Promise<StaticServer> {
  const files = filesOf(folder);
  const server = createServer(({ method, url = "/" }, response) => {
    const path = url.replace(/[?#].*$/s, "");
    const file = files.get(path === "/" ? "/index.html" : path);
    const isRead = method === "GET" || method === "HEAD";
    if (file === undefined || !isRead) {
      response.writeHead(isRead ? 404 : 405).end();
      return;
    }
    const content = readFileSync(file);
    response.writeHead(200, {
      "content-type": types[/\.(\w+)$/.exec(file)?.[1] ?? ""] ?? "application/octet-stream",
      "content-length": content.length,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    });
    response.end(method === "HEAD" ? undefined : content);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE" || error.code === "EACCES";
      const why = `port ${String(port)} cannot be served on: ${error.message}`;
      reject(
        isTaken
          ? dataFault("port", why, "choose another with --port, or none for a free one")
          : error,
      );
    });
    server.listen(port, "127.0.0.1", () => {
      const { port: at } = server.address() as AddressInfo;
      resolve({
        url: `http://127.0.0.1:${String(at)}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The files of a folder by their addresses; names that begin with a dot, and links, have none. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const file = join(entry.parentPath, entry.name);
      const steps = relative(folder, file).split(sep);
      if (!entry.isFile() || steps.some((step) => step.startsWith("."))) return [];
      return [[`/${steps.map(encodeURIComponent).join("/")}`, file]];
    }),
  );
}
