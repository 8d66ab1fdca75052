// The records of planted bugs fit the sources: `npm run test:planted` tells whether tests find them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../harness/sources.js";
import { occurrences, planted } from "./bug.js";
import { stages } from "./stages.js";

const bugs = stages.flatMap((stage) => stage.bugs);

describe("planted bugs", () => {
  it("are at least 40, each with a name of its own", () => {
    expect(bugs.length).toBeGreaterThanOrEqual(40);
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  });

  it.each(bugs)("$name changes a text that occurs once", (bug) => {
    expect(occurrences(bug)).toBe(1);
    expect(bug.replace).not.toBe(bug.find);
  });

  it.each(stages)("the tests of $name exist", ({ tests }) => {
    expect(tests.filter((test) => !existsSync(join(root, test)))).toEqual([]);
  });

  it("refuse a text that is there twice, or not at all", () => {
    const bug = { name: "b", file: "f", find: "a", replace: "c", breaks: "nothing" };
    expect(planted("xay", bug)).toBe("xcy");
    expect(() => planted("aa", bug)).toThrow("the text of b occurs 2 times");
    expect(() => planted("x", bug)).toThrow("the text of b occurs 0 times");
  });
});
