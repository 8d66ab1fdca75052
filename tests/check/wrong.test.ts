// Wrong programs: one mistake gives one error, of the expected code, in the line of the mistake, in words that name both sides.
import { describe, expect, it } from "vitest";
import { checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { positionOf } from "../../grammar/index.js";
import { openPackage } from "../../cli/host.js";
import { wrongNames } from "./wrong-names.js";
import { wrongPlaces } from "./wrong-places.js";
import { wrongShapes } from "./wrong-shapes.js";

const { host } = openPackage("tests/check");
const lineOf = (text: string): number =>
  text.split("\n").findIndex((l) => l.endsWith("// here")) + 1;

describe.each(Object.entries({ wrongNames, wrongShapes, wrongPlaces }))("%s", (_, programs) => {
  it.each(programs)("$title", ({ text, code, says }) => {
    const { diagnostics } = checkPackage([{ path: "tests/check/wrong.dl", text }], host);
    const errors = diagnostics.filter((d) => d.severity === "error");
    const shown = renderText(errors);
    const places = errors.map(({ primary: { span } }) => positionOf(span.file, span.start).line);
    expect(
      errors.map((d, i) => `${d.code} in line ${String(places[i])}`),
      shown,
    ).toEqual([`${code} in line ${String(lineOf(text))}`]);
    for (const part of says) expect(shown).toContain(part);
  });
});
