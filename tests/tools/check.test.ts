// `dl check` in each of its forms, and `dl explain`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { codes } from "../../compiler/diagnostics/index.js";
import { dl, temporaryFolder, writeText } from "../harness/cli.js";

let folder = "";
let wrong = "";
let right = "";

beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, "more"));
  wrong = writeText(folder, "wrong.dl", "fn f(x: [B, D], w: [H, D]) -> [B, H] = x @ w\n");
  right = writeText(join(folder, "more"), "right.dl", "fn g(x: [B]) -> [B] = x\n");
});

describe("dl check", () => {
  it("prints for people on the error output, nothing on the other", async () => {
    const { status, out, err } = await dl("check", folder);
    expect([status, out]).toEqual([1, ""]);
    expect(err).toContain("error[inner-dim-mismatch]");
    expect(err).toContain("2 files checked, 1 error\n");
  });

  it.each([
    ["json", '"inner-dim-mismatch"'],
    ["sarif", '"ruleId": "inner-dim-mismatch"'],
    ["github", "::error file="],
    ["junit", '<failure type="inner-dim-mismatch"'],
  ])("prints %s on the standard output, nothing on the other", async (format, part) => {
    const { status, out, err } = await dl("check", folder, "--format", format);
    expect([status, err]).toEqual([1, ""]);
    expect(out).toContain(part);
  });

  it.each(["json", "sarif", "github", "junit"])(
    "ends with 0 where nothing is wrong: %s",
    async (format) => {
      expect((await dl("check", right, "--format", format)).status).toBe(0);
    },
  );

  it("gives rules of SARIF their pages", async () => {
    const { out } = await dl("check", wrong, "--format", "sarif");
    const log = JSON.parse(out) as {
      runs: { tool: { driver: { rules: { help: { markdown: string } }[] } } }[];
    };
    expect(log.runs[0]?.tool.driver.rules[0]?.help.markdown).toMatch(/^# inner-dim-mismatch\n/);
  });

  it("names each declaration in JUnit", async () => {
    const { out } = await dl("check", folder, "--format", "junit");
    expect(out).toContain('<testcase name="fn f"');
    expect(out).toContain('<testcase name="fn g"');
  });

  it("checks a file once, however it is named", async () => {
    const again = join(folder, "more", "..", "wrong.dl");
    expect((await dl("check", wrong, again, folder)).err).toContain("2 files checked, 1 error\n");
  });

  it("refuses an unknown form as a mistake of the command line", async () => {
    expect((await dl("check", wrong, "--format", "xml")).status).toBe(2);
  });
});

describe("dl explain", () => {
  it("prints the page of a code without Markdown's marks", async () => {
    const { status, out } = await dl("explain", "inner-dim-mismatch");
    expect(status).toBe(0);
    expect(out).toMatch(/^inner-dim-mismatch\n\nInner dimensions differ\.\n/);
    expect(out).not.toContain("```");
    const prose = out.split("\n").filter((line) => !line.startsWith(" "));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("takes a code as it stands in messages", async () => {
    expect((await dl("explain", "error[shape-mismatch]")).out).toMatch(/^shape-mismatch\n/);
  });

  it("names the nearest code", async () => {
    const { status, err } = await dl("explain", "iner-dim-mismatch");
    expect(status).toBe(2);
    expect(err).toContain("the nearest: `inner-dim-mismatch`");
  });

  it("lists all codes", async () => {
    const { out } = await dl("explain");
    expect(out.trimEnd().split("\n")).toHaveLength(Object.keys(codes).length);
    expect(out).toMatch(/^unused-parameter +Unused parameter \(warning\)$/m);
  });

  it("gives JSON", async () => {
    const page = JSON.parse((await dl("explain", "indivisible", "--json")).out) as object;
    expect(page).toMatchObject({ code: "indivisible", severity: "error" });
    const list = JSON.parse((await dl("explain", "--json")).out) as unknown[];
    expect(list).toHaveLength(Object.keys(codes).length);
  });
});
