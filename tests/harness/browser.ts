// A real browser for tests: headless Chromium with WebGPU on its software adapter, and a server for what its pages ask for.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, describe } from "vitest";
import { findBrowser } from "../../cli/setup/browser.js";

const path = findBrowser();

/** Flags under which Debian's Chromium gives WebGPU without a GPU, and asks nothing of any server of its own. */
const flags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--no-pings",
];

let shared: Promise<Browser> | undefined;

/** A suite in a real browser; says loudly where there is none. */
export function describeInBrowser(title: string, suite: () => void): void {
  if (path === undefined)
    process.stderr.write(`SKIPPED, no browser: ${title} (npm test installs one)\n`);
  describe.skipIf(path === undefined)(title, () => {
    suite();
    afterAll(async () => {
      await (await shared)?.close();
      shared = undefined;
    });
  });
}

/** A page that was opened, with what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page;
  readonly origin: string;
  /** Errors of scripts, of the console, and violations of the content security policy. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** What a server gives for paths: text or bytes. */
export type Served = ReadonlyMap<string, string | Uint8Array>;

/** Serves files and opens a page of them. */
export async function openPage(
  files: Served,
  at = "/",
  size: { readonly width: number; readonly height: number } = { width: 1280, height: 800 },
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenPage> {
  shared ??= chromium.launch({
    ...(path === undefined ? {} : { executablePath: path }),
    headless: true,
    args: flags,
    chromiumSandbox: false,
  });
  const server = await serve(files, headers);
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const context = await (await shared).newContext({ viewport: size });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(origin + at);
  return {
    page,
    origin,
    problems,
    async close() {
      await context.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
  svg: "image/svg+xml",
};

function serve(files: Served, headers: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname;
    const content = files.get(name) ?? files.get(`${name}index.html`);
    if (content === undefined) {
      // Browsers ask for an icon by themselves.
      response.writeHead(name === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    const ending = /\.(\w+)$/.exec(name)?.[1] ?? "html";
    const body = typeof content === "string" ? Buffer.from(content) : content;
    response.writeHead(200, {
      "content-type": types[ending] ?? "application/octet-stream",
      "content-length": body.length,
      ...headers,
    });
    response.end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(server);
    });
  });
}

/** One of our modules with all that it imports, as a browser takes it. */
export async function bundled(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.contents ?? new Uint8Array(0);
}
