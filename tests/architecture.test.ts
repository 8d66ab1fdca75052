// Watches over the structure: who imports whom, no cycles, no long files, WGSL and WebGPU and files each in their place.
import { describe, expect, it } from "vitest";
import { readModules, type SourceModule, withoutComments } from "./harness/sources.js";

const modules = readModules([
  "grammar",
  "compiler",
  "runtime",
  "cli",
  "editors/codemirror",
  "playground",
]);

/** Longest file allowed, in lines. */
const longestFile = 400;

/** Folders of compiler/, low to high; each may use the rows before its own, and of its own row only itself. */
const compilerRows: readonly (readonly string[])[] = [
  ["types"],
  ["scalar"],
  ["diagnostics"],
  ["ir"],
  ["ops"],
  ["resolve", "reference"],
  ["check"],
  ["autodiff", "passes"],
  ["lower"],
  ["lint", "laws", "schedule", "export"],
  ["codegen"],
  ["artifact", "queries"],
  ["fit"],
  ["repair"],
  ["compile"],
  ["index"],
];

/** Edges that the rows alone would forbid; each has a decision record. */
const extraEdges: readonly (readonly [from: string, to: string])[] = [];

/** Folders whose files walk one recursive tree and so may import one another; each has a decision record. */
const recursiveFolders: readonly string[] = [];

/** What each top-level folder may import besides itself. */
const topLevel: Readonly<Record<string, (target: string) => boolean>> = {
  grammar: () => false,
  // What compiler and runtime must agree on: the artifact, and what a half is.
  compiler: (target) =>
    target.startsWith("grammar/") || ["runtime/format.ts", "runtime/half.ts"].includes(target),
  runtime: () => false,
  cli: (target) => /^(grammar|compiler|runtime)\//.test(target),
  editors: (target) => target.startsWith("grammar/"),
  // The page in which everything meets (0069, 0081).
  playground: (target) =>
    /^(grammar|compiler|runtime|editors\/codemirror)\//.test(target) ||
    ["cli/graph/draw.ts", "cli/training/epochs.ts"].includes(target),
};

/** Packages that a folder may use; anything else is an edge nobody decided on. */
const packages: Readonly<Record<string, RegExp>> = {
  grammar: /^(chevrotain|prettier)($|\/)/,
  compiler: /^$/,
  runtime: /^$/,
  cli: /./,
  editors: /^@codemirror\//,
  // Names that end in a question are texts and addresses that Vite puts in.
  playground: /^(@codemirror\/|@lezer\/highlight$|elkjs\/|vite$|.*\?(raw|url)$)/,
};

/** The only file outside cli/ that may touch Node and the native WebGPU library. */
const nodeHost = "runtime/node.ts";

describe("architecture", () => {
  it("imports only along the arrows between the top-level folders", () => {
    const wrong = edges().filter(([from, to]) => {
      const [folder = "", other] = [from.split("/")[0], to.split("/")[0]];
      return folder !== other && !(topLevel[folder]?.(to) ?? false);
    });
    expect(wrong.map(arrow)).toEqual([]);
  });

  it("imports only downwards inside the compiler", () => {
    const wrong = edges().filter(([from, to]) => {
      if (!from.startsWith("compiler/") || !to.startsWith("compiler/")) return false;
      const [here, there] = [part(from), part(to)];
      if (here === there || extraEdges.some(([a, b]) => a === here && b === there)) return false;
      return !(row(there) < row(here));
    });
    expect(wrong.map(arrow)).toEqual([]);
  });

  it("gives every folder of the compiler a row", () => {
    const unknown = modules.filter(
      ({ path }) => path.startsWith("compiler/") && row(part(path)) < 0,
    );
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });

  it("uses no package where none is expected", () => {
    const wrong = modules.flatMap(({ path, imports }) =>
      imports
        .filter((name) => !isOwn(name) && path !== nodeHost)
        .filter((name) => !(packages[path.split("/")[0] ?? ""]?.test(name) ?? false))
        .map((name) => `${path} -> ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has no import cycle, not even of types", () => {
    const wrong = cycles(modules).filter(
      (group) => !recursiveFolders.some((folder) => group.every((path) => path.startsWith(folder))),
    );
    expect(wrong.map((group) => group.join(" <-> "))).toEqual([]);
  });

  it(`has no file above ${String(longestFile)} lines`, () => {
    const long = modules.filter(({ lines }) => lines > longestFile);
    expect(long.map(({ path, lines }) => `${path}: ${String(lines)}`)).toEqual([]);
  });

  it("keeps WGSL text in codegen/wgsl and the scalar table", () => {
    const wrong = mentioning(/@compute|@workgroup_size|var<(storage|uniform|workgroup)/);
    const home = /^compiler\/(codegen\/wgsl\/|scalar\/intrinsics\.ts)/;
    expect(wrong.filter((path) => !home.test(path))).toEqual([]);
  });

  it("keeps WebGPU in runtime/", () => {
    const wrong = mentioning(/\bGPU(Device|Adapter|Queue|Buffer|ComputePipeline)\b|navigator\.gpu/);
    expect(wrong.filter((path) => !path.startsWith("runtime/"))).toEqual([]);
  });

  it("starts every file with a sentence of purpose", () => {
    const silent = modules.filter(({ text }) => !/^(#!.*\n)?\/[/*]\*?\s*\S/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

/** Files whose code (not comments) matches. */
function mentioning(pattern: RegExp): readonly string[] {
  return modules.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path);
}

/** Imports between our own files. */
function edges(): readonly (readonly [from: string, to: string])[] {
  return modules.flatMap(({ path, imports }) =>
    imports.filter(isOwn).map((to) => [path, to] as const),
  );
}

function isOwn(name: string): boolean {
  return name.endsWith(".ts");
}

function arrow([from, to]: readonly [string, string]): string {
  return `${from} -> ${to}`;
}

function part(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

function row(name: string): number {
  return compilerRows.findIndex((folders) => folders.includes(name));
}

/** Groups of files that import one another, directly or around a corner (Tarjan 1972). */
function cycles(all: readonly SourceModule[]): readonly (readonly string[])[] {
  const imports = new Map(all.map(({ path, imports: names }) => [path, names.filter(isOwn)]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: (readonly string[])[] = [];
  const low = (path: string): number => lowest.get(path) ?? Infinity;
  const visit = (path: string): void => {
    const index = order.size;
    order.set(path, index);
    lowest.set(path, index);
    open.push(path);
    for (const next of imports.get(path) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(path, Math.min(low(path), low(next)));
    }
    if (low(path) !== index) return;
    const group = open.splice(open.indexOf(path));
    const importsItself = imports.get(path)?.includes(path) === true;
    if (group.length > 1 || importsItself) found.push(group.sort());
  };
  for (const { path } of all) if (!order.has(path)) visit(path);
  return found;
}
