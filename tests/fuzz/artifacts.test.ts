// Hostile artifacts: whatever is in a manifest, a `.dla` file or a file of weights, it is refused by a code or harmless, and no other file is read.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openArtifact } from "../../runtime/artifact.js";
import { RuntimeFault } from "../../runtime/errors.js";
import { formatVersion, type Manifest } from "../../runtime/format.js";
import { readManifest } from "../../runtime/manifest.js";
import { needsOf } from "../../runtime/needs.js";
import { nodeHost } from "../../runtime/node.js";
import { randomUnit } from "../../runtime/random.js";
import { turnsOf } from "../../runtime/rounds.js";
import { dlaSource, folderSource, oneChunk } from "../../runtime/source.js";
import { parseSafetensors } from "../../runtime/weights.js";
import { tensorsOf } from "../../runtime/weights-stream.js";
import { packDla } from "../../cli/dla.js";
import { temporaryFolder } from "../harness/cli.js";

/** `FUZZ=all` takes every case; without it a part of them, always the same. */
const share = process.env["FUZZ"] === "all" ? 1 : 0.04;
const manifests = 10_000 * share;
const weightFiles = 50_000 * share;
const slack = 64 * 2 ** 20;

const golden = readFileSync(`tests/tools/artifacts/format-${String(formatVersion)}.dla`);
const weights = readFileSync("tests/tools/artifacts/line.safetensors");
let manifest: Uint8Array;
const parts = new Map<string, Uint8Array>();

beforeAll(async () => {
  const source = await dlaSource("golden", oneChunk(golden));
  manifest = await source.read("manifest.json", golden.length);
  parts.set("manifest.json", manifest);
  for (const { file } of readManifest(manifest, "golden").schedules.flatMap((s) => s.kernels))
    parts.set(`kernels/${file}`, await source.read(`kernels/${file}`, 2 ** 20));
});

/** A stream of random numbers below 1 for a case. */
function random(stream: number, number: number): () => number {
  let at = 0;
  return () => randomUnit(number, stream, at++);
}

const pick = <T>(items: readonly T[], draw: () => number): T =>
  items[Math.floor(draw() * items.length)] as T;

/** Values that programs trip over. */
const hostile: readonly unknown[] = [
  -1, 0.5, 1e308, -0, 2 ** 53, 2 ** 31, 4294967295, null, true, "", "../../etc/passwd", "\u0000", [], {}, [[[[]]]],
  ["sym", 99], ["sym", -1], ["mul", 2 ** 50, 2 ** 50], ["pow", 10, 400], ["floor", 1, 0], ["add"], ["__proto__"], { kind: "temporary" },
  { kind: "constructor" }, { __proto__: null }, "toString", Array.from({ length: 2000 }, () => 0),
]; // prettier-ignore

/** A manifest with one value replaced, removed, doubled or renamed, or with bytes changed. */
function mutateManifest(draw: () => number): Uint8Array {
  if (draw() < 0.3) return mutateBytes(manifest, draw);
  const root = JSON.parse(new TextDecoder().decode(manifest)) as unknown;
  let node = root as Record<string, unknown>;
  for (let depth = 0; ; depth++) {
    const keys = Object.keys(node);
    const key = pick(keys, draw);
    const child = node[key];
    const isInner = typeof child === "object" && child !== null && Object.keys(child).length > 0;
    if (isInner && (depth < 2 || draw() < 0.8)) {
      node = child as Record<string, unknown>;
      continue;
    }
    const action = draw();
    if (action < 0.7) node[key] = pick(hostile, draw);
    else if (action < 0.8 && Array.isArray(node)) node.push(child);
    else if (action < 0.9) Reflect.deleteProperty(node, key);
    else node[pick(["__proto__x", "constructor", "extra"], draw)] = child;
    return new TextEncoder().encode(JSON.stringify(root));
  }
}

function mutateBytes(bytes: Uint8Array, draw: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = 0; i < 1 + draw() * 4; i++)
    copy[Math.floor(draw() * copy.length)] = Math.floor(draw() * 256);
  const cut = draw();
  if (cut < 0.1) return copy.slice(0, Math.floor(draw() * copy.length));
  return cut < 0.2 ? Uint8Array.from([...copy, 1, 2, 3]) : copy;
}

/** Runs something hostile; anything but success or a coded refusal fails the test, as does memory that the input does not explain. */
async function survives(size: number, work: () => unknown): Promise<boolean> {
  const before = process.memoryUsage().arrayBuffers;
  try {
    await work();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof RuntimeFault) || thrown.exit === 70) throw thrown;
    return false;
  } finally {
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size + slack);
  }
}

/** What the runtime computes of a manifest before it asks the device for anything. */
function plan({ schedules, ...rest }: Manifest): void {
  for (const schedule of schedules) {
    const artifact = { ...rest, ...schedule, kernels: [] };
    for (const { name, program } of [...schedule.entries, ...schedule.steps]) {
      const sizes = program.symbols.map(() => 3);
      needsOf(artifact, name, sizes);
      turnsOf(program, sizes);
    }
  }
}

const minutes = 60_000;

describe("hostile artifacts", () => {
  test(`${String(manifests)} manifests`, { timeout: 10 * minutes }, async () => {
    let accepted = 0;
    for (let i = 0; i < manifests; i++) {
      const bytes = mutateManifest(random(1, i));
      const isAccepted = await survives(bytes.length, () => {
        plan(readManifest(bytes, "hostile"));
      });
      if (isAccepted) accepted++;
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    // Numbers may change within bounds; nearly all other changes are refused.
    expect(accepted / manifests).toBeLessThan(0.25);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("extra");
  });

  test(`${String(weightFiles)} files of weights`, { timeout: 10 * minutes }, async () => {
    for (let i = 0; i < weightFiles; i++) {
      const bytes = mutateBytes(weights, random(2, i));
      const whole = await survives(bytes.length, () => parseSafetensors(bytes, "hostile"));
      const streamed = await survives(bytes.length, async () => {
        for await (const { bytes: data } of tensorsOf(oneChunk(bytes), bytes.length, "hostile"))
          expect(data.length).toBeLessThanOrEqual(bytes.length);
      });
      expect(streamed).toBe(whole);
      if (i % 200 === 0) await new Promise(setImmediate);
    }
  });

  test(`${String(manifests / 4)} .dla files`, { timeout: 10 * minutes }, async () => {
    for (let i = 0; i < manifests / 4; i++) {
      const draw = random(3, i);
      // Half of them are damaged in front, where the index is.
      const front = draw() < 0.5 ? 200 : golden.length;
      const damaged = mutateBytes(golden.subarray(0, front), draw);
      const bytes = Uint8Array.from([...damaged, ...golden.subarray(front)]);
      await survives(bytes.length, async () => {
        await openArtifact(await dlaSource("hostile", oneChunk(bytes)));
      });
    }
  });
});

/** Names that lead out of a folder on one system or another. */
const escapes = [
  "../secret", "../../secret", "..\\secret", "/etc/passwd", "C:\\secret", "\\\\host\\share", "file:///etc/passwd", "//host/x", "http://host/x",
  "%2e%2e/secret", "..%2fsecret", "%2e%2e%2fsecret", "..%5csecret", "....//secret", "..;/secret", "./../secret", "a/../../secret", "kernels/../../secret",
  "000.wgsl/../../secret", "../kernels/000.wgsl", "~/secret", "$HOME/secret", "000.wgsl\u0000.txt", "\u0000", ".", "..", "...", "", " ", "000.wgsl ",
  "000.wgsl\n", "０００.wgsl", "000.WGSL", "000.wgsl::$DATA", "000.wgsl?x", "000.wgsl#x", "..\u2215secret", "..\u29f5secret", "CON", "&#46;&#46;/secret",
  "0.wgsl/0", "manifest.json",
]; // prettier-ignore

describe("nothing outside of an artifact is read", () => {
  test("at least 40 ways out are known", () => {
    expect(new Set(escapes).size).toBeGreaterThanOrEqual(40);
  });

  test.each(escapes)("by a manifest that names %j", async (name) => {
    const read = JSON.parse(new TextDecoder().decode(manifest)) as Manifest;
    const schedules = read.schedules.map((schedule) => ({
      ...schedule,
      kernels: schedule.kernels.map((kernel) => ({ ...kernel, file: name })),
    }));
    const bytes = new TextEncoder().encode(JSON.stringify({ ...read, schedules }));
    const asked: string[] = [];
    const source = folderSource("hostile", (part) => {
      asked.push(part);
      return oneChunk(bytes);
    });
    await expect(openArtifact(source)).rejects.toMatchObject({ code: "artifact-damaged" });
    expect(asked).toEqual(["manifest.json"]);
    const packed = packDla(
      new Map([
        ["manifest.json", manifest],
        [name === "manifest.json" ? "x" : name, bytes],
      ]),
    );
    await expect(dlaSource("hostile", oneChunk(packed))).rejects.toMatchObject({
      code: "artifact-damaged",
    });
  });

  test.each(["manifest.json", "kernels/000.wgsl", "kernels"])(
    "through a link at %s",
    async (name) => {
      const [folder, outside] = [temporaryFolder(), temporaryFolder()];
      mkdirSync(join(folder, "kernels"));
      mkdirSync(join(outside, "kernels"));
      for (const [part, bytes] of parts)
        for (const at of [folder, outside]) writeFileSync(join(at, part), bytes);
      const open = () => openArtifact(folderSource(folder, nodeHost.folder(folder)));
      await expect(open()).resolves.toBeDefined();
      rmSync(join(folder, name), { recursive: true });
      symlinkSync(join(outside, name), join(folder, name));
      await expect(open()).rejects.toThrow("lies outside of its folder");
    },
  );
});
