// The corpus of wrong programs: one mistake gives one error, at its line, in the recorded words. `UPDATE=1` records anew.
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codes } from "../../compiler/diagnostics/index.js";
import { errorsOf, messageOf, placeOf, readCorpus, recordCase } from "../harness/corpus.js";

const corpus = readCorpus();
const updates = process.env["UPDATE"] === "1";

describe("the corpus", () => {
  it("has at least 150 programs, each with a title of its own", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.map((c) => c.title)).size).toBe(corpus.length);
  });

  it("has no program twice", () => {
    const programs = corpus.map((c) => c.files.map((f) => f.text).join("\n"));
    expect(new Set(programs).size).toBe(corpus.length);
  });
});

describe.each(corpus)("$area/$name", (wrong) => {
  const errors = errorsOf(wrong.files);
  const message = messageOf(errors);

  it(`has one error, at the line of the mistake: ${wrong.title}`, () => {
    expect(errors.map(placeOf), message).toEqual([wrong.mistake]);
    expect(errors.map(({ code }) => Object.hasOwn(codes, code))).toEqual([true]);
  });

  it("says what is recorded", () => {
    if (updates) writeFileSync(wrong.path, recordCase(wrong, message));
    else expect(message, "UPDATE=1 records the new text").toBe(wrong.message);
  });
});
