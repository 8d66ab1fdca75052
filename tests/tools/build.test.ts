// `dl build` without a device: what an artifact folder holds, that it is the same every time, and that damage is noticed.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { readArtifact } from "../../cli/artifact.js";
import { stages } from "../../cli/emit.js";
import type { Manifest } from "../../runtime/format.js";
import { dl, floats, temporaryFolder, writeTensors, writeText } from "../harness/cli.js";
import { root } from "../harness/sources.js";

const program = `import { Linear } from "std/nn"

/// A straight line.
model Line(In = 3, Out = 2) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, Out] = up(x)
}
`;

let folder = "";
let file = "";
const path = (...names: string[]): string => join(folder, ...names);
const manifestPath = (): string => path("built", "manifest.json");

beforeEach(async () => {
  folder = temporaryFolder();
  file = writeText(folder, "line.dl", program);
  const weights = { "up.weight": floats([2, 3], (i) => i), "up.bias": floats([2], () => 1) };
  writeTensors(folder, "w.safetensors", weights);
  await dl("build", file, "--weights", path("w.safetensors"), "-o", path("built"));
});

describe("an artifact", () => {
  it("holds a manifest, kernels, weights and a typed module", async () => {
    expect(readdirSync(path("built")).sort()).toEqual([
      "index.d.ts",
      "index.js",
      "kernels",
      "manifest.json",
      "package.json",
      "weights.safetensors",
    ]);
    const { artifact, weights } = await readArtifact(path("built"));
    expect(weights).toBeDefined();
    expect(artifact.entries.map(({ name }) => name)).toEqual(["forward"]);
    expect(readFileSync(path("built", "index.d.ts"), "utf8")).toContain("/** `f32[B, 3]` */");
  });

  it("is the same whatever lay in its folder before", async () => {
    const files = (): string[] =>
      readdirSync(path("built"), { recursive: true, encoding: "utf8" }).sort();
    const before = files().map((name) =>
      name === "kernels" ? "" : readFileSync(path("built", name), "utf8"),
    );
    writeText(path("built", "kernels"), "999.wgsl", "// of an older build");
    await dl("build", file, "--weights", path("w.safetensors"), "-o", path("built"));
    expect(
      files().map((name) => (name === "kernels" ? "" : readFileSync(path("built", name), "utf8"))),
    ).toEqual(before);
  });

  it("is imported as it is, also below a package of CommonJS modules", async () => {
    writeText(folder, "package.json", '{ "type": "commonjs" }');
    mkdirSync(path("node_modules"));
    symlinkSync(root, path("node_modules", "adjoint"), "junction");
    const script = `import("./built/index.js").then(({ open }) => console.log(typeof open))`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", script], {
      cwd: folder,
    });
    expect({ stdout, stderr }).toEqual({ stdout: "function\n", stderr: "" });
  });

  it("leaves a package of the user's own as it is", async () => {
    const own = '{ "name": "mine", "type": "module" }';
    writeText(folder, "package.json", own);
    await dl("build", file, "-o", folder);
    expect(readFileSync(path("package.json"), "utf8")).toBe(own);
  });

  it("is not run by the reference backend, nor with other statics", async () => {
    expect(await dl("run", path("built"), "--backend", "reference")).toMatchObject({ status: 2 });
    expect(await dl("run", path("built"), "--set", "In=4")).toMatchObject({ status: 2 });
  });
});

describe("damage is noticed", () => {
  const edit = (change: (manifest: Record<string, unknown>) => void): void => {
    const manifest = JSON.parse(readFileSync(manifestPath(), "utf8")) as Manifest &
      Record<string, unknown>;
    change(manifest);
    writeFileSync(manifestPath(), JSON.stringify(manifest));
  };
  const cases: readonly (readonly [what: string, harm: () => void, code: string])[] = [
    [
      "no JSON",
      () => {
        writeFileSync(manifestPath(), "{");
      },
      "artifact-damaged",
    ],
    [
      "a list",
      () => {
        writeFileSync(manifestPath(), "[]");
      },
      "artifact-damaged",
    ],
    [
      "another version",
      () => {
        edit((manifest) => {
          manifest["format"] = 99;
        });
      },
      "format-version",
    ],
    [
      "a kernel outside the folder",
      () => {
        edit((manifest) => {
          manifest["kernels"] = [{ file: "../../secret.wgsl", sha256: "" }];
        });
      },
      "artifact-damaged",
    ],
    [
      "a changed kernel",
      () => {
        writeFileSync(path("built", "kernels", "000.wgsl"), "// changed");
      },
      "artifact-damaged",
    ],
    [
      "a missing kernel",
      () => {
        rmSync(path("built", "kernels", "000.wgsl"));
      },
      "file",
    ],
  ];
  it.each(cases)("%s", async (_, harm, code) => {
    harm();
    const ran = await dl("run", path("built"));
    expect(ran.err).toContain(`error[${code}]`);
    expect(ran.status).toBe(1);
  });
});

it("prints every stage of a compilation", async () => {
  for (const stage of stages) {
    const { status, out } = await dl("build", file, "--emit", stage);
    expect(out.length, stage).toBeGreaterThan(20);
    expect(status).toBe(0);
  }
});
