// Warnings beyond shapes: each where it belongs, once, silenced by its attribute, and none where a program only looks like it.
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { inspectPackage } from "../../compiler/compile.js";
import { renderText, type Diagnostic } from "../../compiler/diagnostics/index.js";
import { lineText, positionOf } from "../../grammar/source.js";
import { silent } from "./silent.js";
import { warned } from "./warned.js";

const { host } = openPackage(".");

const inspect = (text: string): readonly Diagnostic[] =>
  inspectPackage([{ path: "program.dl", text }], host).diagnostics;

const lineOf = ({ primary: { span } }: Diagnostic): string =>
  lineText(span.file, positionOf(span.file, span.start).line);

describe("a program that does what nobody means", () => {
  test.each(warned)("$title gets one warning, on its line", ({ code, line, names, program }) => {
    const found = inspect(program);
    const text = renderText(found);
    expect(
      found.map((d) => d.code),
      text,
    ).toEqual([code]);
    for (const d of found) {
      expect(lineOf(d)).toContain(line);
      for (const name of names) expect(text).toContain(name);
    }
  });

  test.each(warned)("$title is silenced before its declaration", ({ code, program }) => {
    const allowed = program.replaceAll(
      /^(@logits.*\n)?(?=layer|model|fn|train)/gm,
      (before) => `@allow(${code})\n${before}`,
    );
    expect(renderText(inspect(allowed))).toBe("");
  });
});

describe("a program that is as it should be", () => {
  test.each(Object.entries(silent))("%s gets no warning", (_, program) => {
    expect(renderText(inspect(program))).toBe("");
  });
});

test("an attribute before a member silences what the member is named in", () => {
  const program = warned.find((c) => c.code === "cancelled-bias")?.program ?? "";
  const allowed = program.replace("  conv =", "  @allow(cancelled-bias)\n  conv =");
  expect(renderText(inspect(allowed))).toBe("");
});

test("a program with an error gets no warning from its graphs", () => {
  const [first] = warned.filter((c) => c.code === "unstable-initialisation");
  const broken = `${first?.program ?? ""}\nfn wrong(x: [B, D], y: [D, B]) -> [B, D] = x + y`;
  expect(inspect(broken).every((d) => d.severity === "error")).toBe(true);
});
