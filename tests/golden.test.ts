// Runs every golden case: what each stage prints must equal what is recorded. `UPDATE=1` records anew.
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { goldenFiles, parseGolden, printGolden, readText } from "./harness/golden.js";
import { stages } from "./harness/stages.js";

const folder = join(import.meta.dirname, "golden");
const updates = process.env["UPDATE"] === "1";
const files = goldenFiles(folder);

describe("golden cases", () => {
  it(`finds its cases (${String(files.length)} recorded so far)`, () => {
    const titles = files.map((file) => parseGolden(readText(file)).title);
    expect(new Set(titles).size, "each title is used once").toBe(titles.length);
  });

  for (const file of files) {
    const text = readText(file);
    const { title, source, sections } = parseGolden(text);
    it(`${relative(folder, file)}: ${title}`, async () => {
      const printed = await Promise.all(
        sections.map(async ({ stage }) => {
          const print = stages[stage];
          if (print === undefined) throw new Error(`no stage is called \`${stage}\``);
          return { stage, recorded: `${(await print(source)).trimEnd()}\n` };
        }),
      );
      const now = printGolden(text, printed);
      if (updates) writeFileSync(file, now);
      else expect(now, "UPDATE=1 records the new text").toBe(text);
    });
  }

  it("records a case and reads it back", () => {
    const text = "# A title\n\nA remark.\n\n```dl\nfn f(x: f32) = x\n```\n";
    const recorded = printGolden(text, [{ stage: "ast", recorded: "tree\n" }]);
    expect(parseGolden(recorded)).toEqual({
      title: "A title",
      source: "fn f(x: f32) = x\n",
      sections: [{ stage: "ast", recorded: "tree\n" }],
    });
    expect(printGolden(recorded, parseGolden(recorded).sections)).toBe(recorded);
  });
});
