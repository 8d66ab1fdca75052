// The pages of the standard library and of the language's functions: current, complete, and every example on them true.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { primitiveExamples } from "../compiler/check/primitives/examples.js";
import { primitives } from "../compiler/check/primitives/index.js";
import { peers } from "../compiler/queries/pytorch.js";
import type { ReferenceEntry } from "../compiler/queries/reference.js";
import { wrongClaims } from "./harness/examples.js";
import { importsOf, library, libraryPages, placeOf } from "./harness/library.js";

const pages = await libraryPages();

if (process.env["UPDATE"] === "1") {
  mkdirSync("docs/stdlib", { recursive: true });
  for (const [path, text] of pages) writeFileSync(path, text);
}

describe("pages", () => {
  test.each([...pages])("%s is current (UPDATE=1 writes it)", (path, text) => {
    expect(existsSync(path) ? readFileSync(path, "utf8") : "").toBe(text);
  });

  test("none is left of a module that is gone", () => {
    const left = readdirSync("docs/stdlib").filter((file) => !pages.has(`docs/stdlib/${file}`));
    expect(left).toEqual([]);
  });
});

/** What names a source: a year, a framework whose definition it is, or another declaration that names it. */
const source = /\b(1[89]|20)\d\d\b|PyTorch|specification|\bas `\w+`|`\w+`/;

const everything = library.flatMap((module) =>
  module.entries.map((entry) => ({ module: module.name, entry })),
);

const missing = (lacks: (entry: ReferenceEntry) => boolean): readonly string[] =>
  everything
    .filter(({ entry }) => lacks(entry))
    .map(({ module, entry }) => `${module} ${entry.name}`);

describe("doc comments", () => {
  test("say of everything what it is", () => {
    expect(missing(({ prose }) => prose === "")).toEqual([]);
  });

  test("name the paper or the source of each layer, optimizer and adapter", () => {
    expect(
      missing(({ kind, prose }) => kind !== "fn" && kind !== "const" && !source.test(prose)),
    ).toEqual([]);
  });

  test("show how everything is used", () => {
    expect(missing(({ example }) => example === undefined)).toEqual([]);
  });

  test("show how each primitive is used", () => {
    expect([...primitives.keys()].filter((name) => !primitiveExamples.has(name))).toEqual([]);
    expect([...primitiveExamples.keys()].filter((name) => !primitives.has(name))).toEqual([]);
  });
});

const declaring = library.filter(({ entries }) => entries.some((e) => e.example !== undefined));

describe.each(declaring)("examples of $name", (module) => {
  const shown = module.entries.flatMap(({ name, example }) =>
    example === undefined ? [] : [[name, example] as const],
  );
  test.each(shown)("%s", async (_, example) => {
    expect(await wrongClaims(example, importsOf(module, example))).toEqual([]);
  });
});

describe("examples of primitives", () => {
  test.each([...primitiveExamples])("%s", async (_, example) => {
    expect(await wrongClaims(example, "")).toEqual([]);
  });
});

describe("the index by PyTorch's names", () => {
  test("leads to what exists", () => {
    const rows = peers.flatMap((group) => group.rows);
    expect(rows.filter((peer) => placeOf(peer) === undefined)).toEqual([]);
  });
});
