// `--memory` and `--explain` on the command line: units, refusals, and records of what was decided.
import { describe, expect, test } from "vitest";
import { bytesOption } from "../../cli/sizes.js";
import { dl } from "../harness/cli.js";

describe("bytes", () => {
  test.each([
    ["2GiB", 2 ** 31],
    ["1.5 GB", 1.5e9],
    ["4096", 4096],
    ["64mib", 2 ** 26],
  ])("%s", (text, bytes) => {
    expect(bytesOption(text)).toBe(bytes);
  });
  test.each(["", "GiB", "-1", "0", "2 parsecs", "1e400"])("%j is refused", (text) => {
    expect(() => bytesOption(text)).toThrow(/2GiB/);
  });
});

const gpt = [
  "examples/peers/gpt.dl",
  "--run",
  "Train",
  "--set",
  "L=1",
  "--set",
  "D=32",
  "--set",
  "H=2",
];

describe("dl build", { timeout: 120_000 }, () => {
  test("explains kernels, chunks and residuals as records", async () => {
    const options = ["--set", "V=50257", "--at", "B=1,T=64", "--explain", "--json"];
    const { status, out } = await dl("build", ...gpt, ...options);
    expect(status).toBe(0);
    const records = JSON.parse(out) as { kind: string; of: string; reason: string }[];
    const kinds = new Set(records.filter(({ of }) => of === "Train").map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["kept", "kernel"]));
    expect(records.every(({ reason }) => reason !== "")).toBe(true);
  });

  test("says that a budget needs sizes", async () => {
    const { status, err } = await dl("build", ...gpt, "--memory", "1GiB", "--explain");
    expect(status).toBe(2);
    expect(err).toContain("--at B=…,T=…");
  });

  test("names the fewest bytes where a budget is too small", async () => {
    const options = ["--at", "B=2,T=16", "--memory", "100KiB", "--explain"];
    const { status, err } = await dl("build", ...gpt, ...options);
    expect(status).toBe(1);
    expect(err).toMatch(/over-budget/);
    expect(err).toMatch(/does not fit into 100\.0 KiB: .* needs \d/);
  });
});
