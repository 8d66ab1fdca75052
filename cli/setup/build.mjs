// Builds dist/: declarations by TypeScript, the runtime module by module, and all else in few files, so that starting takes little.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { linkSelf, quietly, root } from "./steps.mjs";

const dist = join(root, "dist");

/** Folders of dist/ that a build writes; the playground has a build of its own. */
const written = ["grammar", "compiler", "runtime", "cli", "chunks"];

/** Packages whose reading takes longer than their work: they become part of the files. */
const bundled = /^(chevrotain|@chevrotain\/[\w-]+|lodash-es)(\/|$)/;

/** What is opened by path besides what package.json names. */
const others = [
  "cli/host.ts",
  "cli/setup/adapters.ts",
  "cli/setup/browser.ts",
  "compiler/artifact/index.ts",
];

/** Builds dist/; resolves to what was wrong, or undefined. */
export async function buildDist() {
  linkSelf();
  for (const name of written) rmSync(join(dist, name), { recursive: true, force: true });
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const checked = quietly(process.execPath, [tsc, "-p", "tsconfig.build.json"]);
  if (!checked.ok) return checked.stdout;
  const common = {
    absWorkingDir: root,
    outdir: dist,
    outbase: root,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    logLevel: "silent",
  };
  try {
    // A page or another bundler takes this folder as it is.
    await build({ ...common, entryPoints: filesBelow("runtime"), bundle: false });
    const { metafile } = await build({
      ...common,
      entryPoints: entryPoints(),
      bundle: true,
      splitting: true,
      platform: "node",
      chunkNames: "chunks/[name]-[hash]",
      metafile: true,
      plugins: [runtimeApart, packagesApart],
    });
    writeFileSync(join(dist, "THIRD-PARTY.txt"), licencesOf(metafile));
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

/** Modules that package.json names, and others that are opened by path. */
function entryPoints() {
  const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = [...Object.values(bin), ...leavesOf(exports)]
    .filter((path) => path.endsWith(".js"))
    .map((path) => path.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts"))
    .filter((path) => !path.startsWith("runtime/"));
  return [...new Set([...named, ...others])];
}

const leavesOf = (value) =>
  typeof value === "string" ? [value] : Object.values(value).flatMap(leavesOf);

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

/** The runtime stays apart, so that whoever imports it beside the compiler has the same classes. */
const runtimeApart = {
  name: "runtime apart",
  setup(plugin) {
    plugin.onResolve({ filter: /\/runtime\/.*\.js$/ }, ({ path, kind }) =>
      kind === "entry-point"
        ? undefined
        : { path: `#runtime/${path.split("/runtime/").at(-1)}`, external: true },
    );
  },
};

/** Other packages are found where they are installed. */
const packagesApart = {
  name: "packages apart",
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || bundled.test(path) ? undefined : { path, external: true },
    );
  },
};

/** The licences of the packages that are part of the files. */
function licencesOf({ inputs }) {
  const names = Object.keys(inputs).flatMap(
    (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  const parts = [...new Set(names)].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  return `Parts of these packages are in the files beside this one.\n\n${parts.join("\n---\n\n")}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const fault = await buildDist();
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n`);
    process.exitCode = 1;
  }
}
