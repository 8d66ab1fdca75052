// What the runtime weighs in a page, and that nothing of the compiler or of Node is in it.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Bytes after gzip, training and generation included. */
const most = 25 * 1024;

test.each(["runtime/index.ts", "runtime/worker.ts"])("%s stays small", async (entry) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const strangers = Object.keys(metafile.inputs).filter((path) => !path.startsWith("runtime/"));
  expect(strangers).toEqual([]);
  expect(Object.keys(metafile.inputs)).not.toContain("runtime/node.ts");
  expect(gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length).toBeLessThanOrEqual(most);
});

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
