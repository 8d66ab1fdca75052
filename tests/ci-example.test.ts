// The repository of `examples/ci`: it passes, and each of its ten patches is caught by the tool and message that are recorded.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { dl, temporaryFolder } from "./harness/cli.js";
import { root } from "./harness/sources.js";

const example = join(root, "examples", "ci");
const readme = join(example, "README.md");
const patches = readdirSync(join(example, "patches")).sort();

/** A copy of the repository, with a patch where one is named. */
function checkout(patch?: string): string {
  const folder = temporaryFolder();
  for (const name of ["dl.json", "model.dl", "laws.dl"])
    cpSync(join(example, name), join(folder, name));
  if (patch !== undefined)
    execFileSync("git", ["apply", join(example, "patches", patch)], { cwd: folder });
  return folder;
}

/** What catches a patch first, as a row of the table: the tool, the place, and the first line of its message. */
async function caught(folder: string): Promise<readonly [string, string]> {
  for (const [tool, ...more] of tools) {
    const { status, out } = await dl(tool, folder, ...more, "--format", "github");
    if (status !== 0) return [`dl ${tool}`, headlineOf(out)];
  }
  return ["nothing", "survived"];
}

const tools: readonly (readonly [string, ...string[]])[] = [
  ["check"],
  ["test", "--backend", "reference", "--runs", "40"],
];

/** File, line and title of the first annotation, with the law that it is about. */
function headlineOf(out: string): string {
  const facts = (key: string): string => new RegExp(`${key}=([^,:\\n]*)`).exec(out)?.[1] ?? "";
  const law = /the law (`\w+`)/.exec(out.split("\n")[0] ?? "")?.[1];
  const which = law === undefined ? "" : `, the law ${law}`;
  return `${basename(facts("file"))}:${facts("line")}: ${facts("title")}${which}`;
}

test("the repository passes", async () => {
  const folder = checkout();
  expect((await dl("check", folder)).status).toBe(0);
  const { status, err } = await dl("test", folder, "--backend", "reference", "--runs", "20");
  expect([status, err.includes(" 0 failed")]).toEqual([0, true]);
});

describe("each patch is caught", () => {
  test.each(patches)("%s", async (patch) => {
    const [tool, message] = await caught(checkout(patch));
    const name = patch.replace(/\.patch$/, "");
    const row = `| [${name}](patches/${patch}) | \`${tool}\` | ${message} |`;
    const text = readFileSync(readme, "utf8");
    if (process.env["UPDATE"] === "1") {
      const old = new RegExp(`^\\| \\[${name}\\].*$`, "m");
      writeFileSync(readme, old.test(text) ? text.replace(old, () => row) : `${text}${row}\n`);
      return;
    }
    expect(tool).not.toBe("nothing");
    // Widths of a table are the formatter's.
    const squeezed = text.replaceAll(/ +/g, " ").replaceAll("\\\\", "");
    expect(squeezed).toContain(row);
  });
});
