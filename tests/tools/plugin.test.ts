// The bundler plugin: a `.dl` file is a module in Rollup and Vite, opens and runs, changes with its source, and its mistakes have a place.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { rollup } from "rollup";
import { build, createServer } from "vite";
import { expect, test } from "vitest";
import { adjoint as rollupPlugin } from "../../cli/plugin/rollup.js";
import { adjoint as vitePlugin } from "../../cli/plugin/vite.js";
import { openArtifact } from "../../runtime/artifact.js";
import { dlaSource, oneChunk } from "../../runtime/source.js";
import { temporaryFolder, writeText } from "../harness/cli.js";

const line = (width: string, result = "Out"): string => `import { Linear } from "std/nn"

model Line(In = 3, Out = ${width}) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, ${result}] = up(x)
}
`;

const minute = { timeout: 60_000 };

/** A folder with a model and a program that imports it, and what the runtime would be given. */
function project(): { readonly folder: string; readonly main: string; readonly model: string } {
  const folder = temporaryFolder();
  const model = writeText(folder, "line.dl", line("2"));
  writeText(folder, "runtime.js", "export const load = async (bytes) => ({ bytes });\n");
  const main = writeText(
    folder,
    "main.js",
    `import line from "./line.dl?In=5";\nexport const open = () => line.open();\n`,
  );
  return { folder, main, model };
}

interface Opened {
  readonly session: { readonly bytes: Uint8Array };
  readonly entries: Readonly<Record<string, unknown>>;
}

/** The variables of the artifact that a bundle opens. */
async function variablesOf(open: () => Promise<Opened>): Promise<readonly string[]> {
  const { session, entries } = await open();
  expect(Object.keys(entries)).toEqual(["forward"]);
  const { artifact } = await openArtifact(await dlaSource("bundle", oneChunk(session.bytes)));
  return artifact.variables.map(({ path, shape }) => `${path} ${shape.join(" ")}`);
}

const importFile = (path: string): Promise<{ open: () => Promise<Opened> }> =>
  import(/* @vite-ignore */ pathToFileURL(path).href) as Promise<{ open: () => Promise<Opened> }>;

test("rollup bundles a model, with the arguments of its import", minute, async () => {
  const { folder, main } = project();
  const runtime = {
    name: "runtime",
    resolveId: (id: string) => (id === "adjoint/runtime" ? join(folder, "runtime.js") : null),
  };
  const bundle = await rollup({ input: main, plugins: [rollupPlugin(), runtime] });
  await bundle.write({ file: join(folder, "out.mjs"), format: "es" });
  const { open } = await importFile(join(folder, "out.mjs"));
  expect(await variablesOf(open)).toEqual(["up.weight 2 5", "up.bias 2"]);
});

test("vite bundles a model", minute, async () => {
  const { folder, main } = project();
  await build({
    root: folder,
    configFile: false,
    logLevel: "silent",
    plugins: [vitePlugin()],
    resolve: { alias: { "adjoint/runtime": join(folder, "runtime.js") } },
    build: {
      lib: { entry: main, formats: ["es"], fileName: () => "out.mjs" },
      outDir: folder,
      emptyOutDir: false,
    },
  });
  const { open } = await importFile(join(folder, "out.mjs"));
  expect(await variablesOf(open)).toEqual(["up.weight 2 5", "up.bias 2"]);
});

test(
  "vite serves it anew when its source changes, and says where a mistake is",
  minute,
  async () => {
    const { folder, model } = project();
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, ws: false },
      plugins: [vitePlugin()],
      resolve: { alias: { "adjoint/runtime": join(folder, "runtime.js") } },
    });
    try {
      const { open } = (await server.ssrLoadModule("/main.js")) as { open: () => Promise<Opened> };
      expect(await variablesOf(open)).toContain("up.weight 2 5");
      const change = (text: string): void => {
        writeFileSync(model, text);
        server.moduleGraph.onFileChange(model);
      };
      change(line("7"));
      const again = (await server.ssrLoadModule("/main.js")) as { open: () => Promise<Opened> };
      expect(await variablesOf(again.open)).toContain("up.weight 7 5");
      change(line("7", "In"));
      await expect(server.ssrLoadModule("/main.js")).rejects.toMatchObject({
        message: expect.stringContaining("line.dl:6:") as string,
        loc: { file: resolve(model), line: 6 },
      });
    } finally {
      await server.close();
    }
  },
);
