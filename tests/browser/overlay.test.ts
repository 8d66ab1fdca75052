// Vite's dev server with the plugin, in a real browser: a mistake in a model lies over the page with its place, and a saved change is there at once.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "vite";
import { expect, test } from "vitest";
import { adjoint } from "../../cli/plugin/vite.js";
import { describeInBrowser, openPage } from "../harness/browser.js";
import { temporaryFolder, writeText } from "../harness/cli.js";

/** What the scripts of the page use. */
declare const document: {
  querySelector(selector: string): {
    readonly textContent: string | null;
    readonly shadowRoot: { querySelector(selector: string): { textContent: string } | null } | null;
  } | null;
};

const line = (width: number, result = "Out"): string => `import { Linear } from "std/nn"

model Line(In = 3, Out = ${String(width)}) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, ${result}] = up(x)
}
`;

describeInBrowser("Vite's dev server", () => {
  test(
    "shows mistakes of a model over the page, and takes each change",
    { timeout: 120_000 },
    async () => {
      const folder = temporaryFolder();
      const model = writeText(folder, "line.dl", line(2));
      writeText(
        folder,
        "index.html",
        '<!doctype html><link rel="icon" href="data:,"><p id="shown"></p><script type="module" src="/main.js"></script>',
      );
      // What the runtime would be given, so that no device is needed here.
      writeText(folder, "runtime.js", "export const load = async (bytes) => bytes;\n");
      writeText(
        folder,
        "main.js",
        `import line from "./line.dl";
const bytes = (await line.open()).session;
const width = /"up.bias"[^}]*?"shape": \\[\\s*(\\d+)/.exec(new TextDecoder().decode(bytes));
document.querySelector("#shown").textContent = \`width \${width[1]}\`;
`,
      );
      const server = await createServer({
        root: folder,
        configFile: false,
        logLevel: "silent",
        server: { port: 0, host: "127.0.0.1", watch: { usePolling: true, interval: 50 } },
        plugins: [adjoint()],
        resolve: { alias: { "adjoint/runtime": join(folder, "runtime.js") } },
      });
      await server.listen();
      const opened = await openPage(new Map([["/", "<!doctype html>"]]));
      const { page } = opened;
      let connections = 0;
      page.on("console", (message) => {
        if (message.text().includes("[vite] connected")) connections++;
      });
      /** The server tells of changes only those who are connected. */
      const isConnected = (times: number): Promise<unknown> =>
        expect.poll(() => connections, { timeout: 30_000 }).toBeGreaterThanOrEqual(times);
      const shows = (words: string): Promise<unknown> =>
        page.waitForFunction(
          (text) => document.querySelector("#shown")?.textContent === text,
          words,
        );
      const overlay = async (part: string): Promise<string> => {
        const found = await page.waitForFunction(
          (name) =>
            document.querySelector("vite-error-overlay")?.shadowRoot?.querySelector(name)
              ?.textContent,
          part,
        );
        return (await found.jsonValue()) ?? "";
      };
      try {
        await page.goto(server.resolvedUrls?.local[0] ?? "");
        await shows("width 2");
        await isConnected(1);
        writeFileSync(model, line(7));
        await shows("width 7");
        await isConnected(2);
        expect(opened.problems).toEqual([]);
        writeFileSync(model, line(7, "In"));
        const message = await overlay(".message-body");
        expect(message).toContain("[B, Out]");
        expect(message).toContain("line.dl:6:");
        expect(await overlay(".file")).toContain("line.dl:6:");
        await isConnected(3);
        writeFileSync(model, line(9));
        await shows("width 9");
        expect(await page.locator("vite-error-overlay").count()).toBe(0);
      } finally {
        await opened.close();
        await server.close();
      }
    },
  );
});
