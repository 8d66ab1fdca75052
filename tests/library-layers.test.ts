// Every layer of the standard library has a model that tests run, and leaves nothing to be proved when it is built.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../grammar/index.js";
import { library } from "./harness/library.js";
import { libraryLayers } from "./harness/program-cases.js";
import { compileCase } from "./harness/programs.js";

const paths = [...new Set(libraryLayers.map(({ path }) => path))];
const texts = new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));

test("every layer stands in a model", () => {
  const used = [...texts.values()].join("\n");
  // Where a module declares whole models, those are run, and its layers with them.
  const apart = library.filter(({ entries }) => entries.every(({ kind }) => kind !== "model"));
  const unused = apart.flatMap(({ name, entries }) =>
    entries
      .filter(
        ({ kind, name: layer }) => kind === "layer" && !new RegExp(`\\b${layer}\\(`).test(used),
      )
      .map((entry) => `${name} ${entry.name}`),
  );
  expect(unused).toEqual([]);
});

/** The clauses of `forward`, as they are written. */
function clausesOf(path: string, model: string): readonly string[] {
  const text = texts.get(path) ?? "";
  const item = parse({ path, text }).module.items.find(
    (i) => i.kind === "layer" && i.name.name === model,
  );
  const members = item?.kind === "layer" ? item.members : [];
  return members.flatMap((m) =>
    m.kind === "fn" && m.name.name === "forward"
      ? m.where.map(({ span }) => text.slice(span.start, span.end))
      : [],
  );
}

describe("what a model checks of the sizes of its inputs is what it says itself", () => {
  test.each(libraryLayers)("$title", (work) => {
    const { entries } = compileCase({
      ...work,
      options: { ...work.options, withGradients: false },
    });
    const guards = entries.flatMap(({ signature }) => signature.guards.map(({ text }) => text));
    const clauses = clausesOf(work.path, work.options.model ?? "");
    expect(guards.filter((guard) => !clauses.includes(guard))).toEqual([]);
  });
});
