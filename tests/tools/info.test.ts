// `dl info` from outside: counts, formulas in free dims, and numbers for given sizes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dl, writeText } from "../harness/cli.js";

const model = `import { Conv2d, Linear } from "std/nn"

model Small(C = 8) {
  conv = Conv2d(3, C, 3, padding = 1)
  head = Linear(C, 10)

  fn forward(x: [B, 3, Y, X]) -> [B, 10] = head(mean(relu(conv(x)), axis = (2, 3)))
}
`;

let folder = "";
let file = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "adjoint-info-"));
  file = writeText(folder, "small.dl", model);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Told {
  readonly parameters: number;
  readonly layers: readonly { readonly path: string; readonly parameters: number }[];
  readonly programs: readonly {
    readonly flops: { readonly formula: string; readonly value?: number };
    readonly windowBytes: { readonly formula: string; readonly value?: number };
    readonly memory?: {
      readonly total: number;
      readonly buffers: Readonly<Record<string, number>>;
    };
  }[];
}

describe("dl info", () => {
  test("counts parameters by layer", async () => {
    const { out } = await dl("info", file, "--json", "--set", "C=4");
    const told = JSON.parse(out) as Told;
    expect(told.layers.map((l) => [l.path, l.parameters])).toEqual([
      ["conv", 4 * 27 + 4],
      ["head", 4 * 10 + 10],
    ]);
    expect(told.parameters).toBe(162);
  });

  test("says work and windows as formulas, and memory only for sizes that are given", async () => {
    const { out } = await dl("info", file, "--json");
    const [forward] = (JSON.parse(out) as Told).programs;
    expect(forward?.flops.formula).toContain("B * Y * X");
    // Nine numbers of three channels for each place, four bytes each.
    expect(forward?.windowBytes.formula).toBe("108 * B * Y * X");
    expect(forward?.memory).toBeUndefined();
  });

  test("says numbers for given sizes, and stores no windows", async () => {
    const { out } = await dl("info", file, "--json", "--at", "B=2,Y=16,X=16");
    const [forward] = (JSON.parse(out) as Told).programs;
    expect(forward?.windowBytes.value).toBe(108 * 512);
    expect(forward?.flops.value).toBeGreaterThan(2 * 8 * 27 * 512);
    expect(forward?.memory?.total).toBeLessThan(108 * 512);
  });

  test("refuses sizes that are none", async () => {
    const { status } = await dl("info", file, "--at", "B");
    expect(status).toBe(2);
  });
});
