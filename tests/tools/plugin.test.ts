// The bundler plugin: a `.dl` file is a module in Rollup, Vite, Vitest and webpack, with types, opens and runs, changes with its source, and
// its mistakes have a place.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { rollup } from "rollup";
import { build, createServer } from "vite";
import { describe, expect, test } from "vitest";
import { webpack, type Stats } from "webpack";
import { adjoint as rollupPlugin } from "../../cli/plugin/rollup.js";
import { adjoint as vitePlugin } from "../../cli/plugin/vite.js";
import { adjoint as webpackPlugin } from "../../cli/plugin/webpack.js";
import { openArtifact } from "../../runtime/artifact.js";
import { dlaSource, oneChunk } from "../../runtime/source.js";
import { temporaryFolder, writeText } from "../harness/cli.js";
import { adapterName, describeGpu } from "../harness/gpu.js";

const line = (width: string, result = "Out"): string => `import { Linear } from "std/nn"

model Line(In = 3, Out = ${width}) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, ${result}] = up(x)
}
`;

const patience = { timeout: 240_000 };

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

test("rollup bundles a model, with the arguments of its import", patience, async () => {
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

test("vite bundles a model", patience, async () => {
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
  patience,
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

describe("webpack", () => {
  const bundle = (folder: string, main: string): Promise<Stats> =>
    new Promise((settle, reject) => {
      webpack(
        {
          mode: "production",
          context: folder,
          entry: main,
          output: { path: folder, filename: "out.mjs", library: { type: "module" }, module: true },
          experiments: { outputModule: true },
          resolve: { alias: { "adjoint/runtime": join(folder, "runtime.js") } },
          plugins: [webpackPlugin()],
        },
        (fault, stats) => {
          if (stats) settle(stats);
          else reject(fault ?? new Error("webpack said nothing"));
        },
      );
    });

  test("bundles a model, watches its files, and says where a mistake is", patience, async () => {
    const { folder, main, model } = project();
    const { compilation } = await bundle(folder, main);
    expect(compilation.errors).toEqual([]);
    expect([...compilation.fileDependencies]).toContain(resolve(model));
    const { open } = await importFile(join(folder, "out.mjs"));
    expect(await variablesOf(open)).toEqual(["up.weight 2 5", "up.bias 2"]);
    writeFileSync(model, line("7", "In"));
    const [error] = (await bundle(folder, main)).compilation.errors;
    expect(error?.message).toContain("line.dl:6:");
    expect(error?.message).toContain("[B, In]");
  });
});

/** Runs a script of Node to its end; all that it printed. */
const run = (
  args: readonly string[],
): Promise<{ readonly status: number; readonly said: string }> =>
  new Promise((settle) => {
    const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|FORCE_COLOR)/.test(name));
    const env = { ...Object.fromEntries(own), NO_COLOR: "1" };
    execFile(process.execPath, args, { env }, (fault, stdout, stderr) => {
      settle({ status: fault ? 1 : 0, said: stdout + stderr });
    });
  });

const tsc = resolve("node_modules/typescript/bin/tsc");

describe("TypeScript", () => {
  /** What TypeScript says of programs that import models. */
  const check = async (folder: string, files: readonly string[]): Promise<string> => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "ES2023",
      lib: ["ES2023"],
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: "ESNext",
      moduleResolution: "Bundler",
      skipLibCheck: true,
      types: ["node", "@webgpu/types"],
      typeRoots: [resolve("node_modules/@types"), resolve("node_modules")],
      paths: { "adjoint/runtime": [resolve("runtime/node-index.ts")] },
    };
    writeText(folder, "tsconfig.json", JSON.stringify({ compilerOptions, files }));
    return (await run([tsc, "-p", folder])).said;
  };

  test("knows what any import gives, with adjoint/client", patience, async () => {
    const { folder } = project();
    const use = (call: string): string =>
      `import line, { open } from "./line.dl";
const { session, entries } = await line.open({ seed: 3 });
export const out = await entries["forward"]?.({ x: new Float32Array(6) });
export const rows: number | undefined = out?.["out"]?.shape[0];
${call}
session.dispose();
`;
    writeText(folder, "right.ts", use("await open();"));
    writeText(folder, "wrong.ts", use("await open({ sead: 3 }); line.close();"));
    const client = resolve("cli/plugin/client.d.ts");
    expect(await check(folder, [client, "right.ts"])).toBe("");
    const said = await check(folder, [client, "wrong.ts"]);
    expect(said).toContain("'sead' does not exist");
    expect(said).toContain("'close' does not exist");
  });

  test("knows exactly what each import gives, with the plugin's `types`", patience, async () => {
    const { folder, main } = project();
    const types = writeText(folder, "dl-modules.d.ts", "");
    const bundle = async (): Promise<void> => {
      const plugins = [rollupPlugin({ types })];
      await (await rollup({ input: main, plugins, external: ["adjoint/runtime"] })).close();
    };
    await bundle();
    writeText(folder, "main.js", `import line from "./line.dl";\nexport const open = line.open;\n`);
    await bundle();
    const kept = readFileSync(types, "utf8");
    expect(kept.match(/^declare module .*/gm)).toEqual([
      'declare module "*/line.dl" {',
      'declare module "*/line.dl?In=5" {',
    ]);
    await bundle();
    expect(readFileSync(types, "utf8")).toBe(kept);
    const use = (input: string): string =>
      `import line from "./line.dl?In=5";
import other from "./line.dl";
const { entries } = await line.open();
await (await other.open()).entries.forward({ x: { data: new Float32Array(3), shape: [1, 3] } });
const { out } = await entries.forward({ ${input}: { data: new Float32Array(5), shape: [1, 5] } });
export const rows: number = out.shape[0];
`;
    writeText(folder, "right.ts", use("x"));
    writeText(folder, "wrong.ts", use("y"));
    expect(await check(folder, ["dl-modules.d.ts", "right.ts"])).toBe("");
    expect(await check(folder, ["dl-modules.d.ts", "wrong.ts"])).toContain("'y' does not exist");
  });
});

describeGpu("Vitest", () => {
  test("runs a model that a test imports", { timeout: 120_000 }, async () => {
    const { folder } = project();
    const from = (path: string): string => JSON.stringify(pathToFileURL(resolve(path)).href);
    writeText(
      folder,
      "line.test.js",
      `import { openNodeDevice } from "adjoint/runtime/node";
import line from "./line.dl?In=5";

test("the sums of rows", async () => {
  const device = await openNodeDevice({ adapter: ${JSON.stringify(adapterName)} });
  const weights = { "up.weight": new Float32Array(10).fill(1), "up.bias": Float32Array.of(0, 1) };
  const { session, entries } = await line.open({ device, weights });
  const { out } = await entries.forward({ x: { data: Float32Array.of(1, 2, 3, 4, 5), shape: [1, 5] } });
  expect([...out.data]).toEqual([15, 16]);
  session.dispose();
  device.close();
});
`,
    );
    const script = writeText(
      folder,
      "run.mts",
      `import { startVitest } from ${from("node_modules/vitest/dist/node.js")};
import { adjoint } from ${from("cli/plugin/vite.ts")};

const alias = {
  "adjoint/runtime/node": ${JSON.stringify(resolve("runtime/node.ts"))},
  "adjoint/runtime": ${JSON.stringify(resolve("runtime/node-index.ts"))},
};
const options = { root: ${JSON.stringify(folder)}, config: false, watch: false, globals: true, pool: "forks", testTimeout: 60_000 };
const vitest = await startVitest("test", [], options, { plugins: [adjoint()], resolve: { alias } });
await vitest.close();
`,
    );
    const tsx = resolve("node_modules/tsx/dist/cli.mjs");
    const { status, said } = await run([tsx, script]);
    expect(said).toMatch(/Tests\s+1 passed \(1\)/);
    expect(status).toBe(0);
  });
});
