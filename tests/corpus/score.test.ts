// Scores every message of the corpus by the rules of the style guide; none may break more than one.
import { describe, expect, it } from "vitest";
import { errorsOf, readCorpus } from "../harness/corpus.js";
import { rules } from "./rules.js";

describe.each(readCorpus())("$area/$name", (wrong) => {
  it("keeps the rules of the style guide, but for one at most", () => {
    const [found] = errorsOf(wrong.files);
    const broken = rules.flatMap(({ name, check }) => {
      const against = found ? check(found, wrong) : "nothing is found";
      return against === undefined ? [] : [`${name}: ${against}`];
    });
    expect(broken.length, broken.join("\n")).toBeLessThanOrEqual(1);
  });
});
