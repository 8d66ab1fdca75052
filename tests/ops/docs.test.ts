// The page of the primitives is what the records say now; UPDATE=1 writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ops } from "../../compiler/ops/index.js";
import { opsPage } from "../../compiler/ops/page.js";
import prettier from "prettier";

const path = new URL("../../docs/ops.md", import.meta.url);

test("docs/ops.md is current", async () => {
  const page = await prettier.format(opsPage(), { parser: "markdown", printWidth: 100 });
  if (process.env["UPDATE"] === "1") writeFileSync(path, page);
  expect(readFileSync(path, "utf8")).toBe(page);
});

test("every primitive is on it", () => {
  const page = opsPage();
  expect(ops.filter((o) => !page.includes(`\`${o.name}(`)).map((o) => o.name)).toEqual([]);
});
