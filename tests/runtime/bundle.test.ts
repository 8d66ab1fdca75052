// What the runtime weighs in a page, and that nothing of the compiler or of Node is in it.
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { expect, test } from "vitest";

/** Bytes after gzip, training and generation included; what only some artifacts ask for comes later and is not counted. */
const most = 25 * 1024;

test.each(["runtime/index.ts", "runtime/worker.ts"])("%s stays small", async (entry) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    splitting: true,
    outdir: "page",
    write: false,
    metafile: true,
  });
  const strangers = Object.keys(metafile.inputs).filter((path) => !path.startsWith("runtime/"));
  expect(strangers).toEqual([]);
  expect(Object.keys(metafile.inputs)).not.toContain("runtime/node.ts");
  const first = loadedFirst(metafile.outputs, entry);
  const bytes = outputFiles
    .filter(({ path }) => first.has(basename(path)))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(most);
});

/** The names of the files that a page loads before it asks for anything. */
function loadedFirst(outputs: Metafile["outputs"], entry: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (path: string): void => {
    if (names.has(basename(path))) return;
    names.add(basename(path));
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === "import-statement") visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (entryPoint === entry) visit(path);
  return names;
}

test("a page that only runs a model can leave the rest away", async () => {
  const contents = `export { load } from "./runtime/index.ts"`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  expect(outputFiles[0]?.text).not.toContain("its script could not be run");
});
