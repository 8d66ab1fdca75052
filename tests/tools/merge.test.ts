// `dl merge` from the command line: merged weights, their certificate, what is refused, and the way back.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import { writeSafetensors } from "../../cli/files.js";
import { parseSafetensors } from "../../runtime/weights.js";
import { dl } from "../harness/cli.js";
import { uniform } from "../harness/peers.js";
import { at, baseOf, build, drawn, values } from "../harness/tuned.js";

const weights = (path: string): ReadonlyMap<string, Float32Array> =>
  new Map(
    [...parseSafetensors(readFileSync(path), path).tensors].map(([name, { bytes: raw }]) => [
      name,
      new Float32Array(Uint8Array.from(raw).buffer),
    ]),
  );

describe("dl merge", () => {
  const common = ["--backend", "reference", "--adapter-weights"];
  writeSafetensors(at("probe.safetensors"), [
    ["x", { dtype: "f32", shape: [4, 6], data: uniform(24, 5, 1) }],
  ]);
  const merge = (...more: readonly string[]) => dl("merge", at("net.dl"), ...more);

  test("gives what the adapted model gives, with a certificate", async () => {
    const done = await merge(
      "--model",
      "Tuned",
      ...common,
      at("tuned.safetensors"),
      "--weights",
      at("base.safetensors"),
      "--probe",
      at("probe.safetensors"),
      "-o",
      at("merged.safetensors"),
      "--json",
    );
    expect(done.err).toContain("wrote");
    const certificate = JSON.parse(done.out) as {
      readonly drift: number;
      readonly isWithin: boolean;
      readonly tensors: readonly {
        readonly path: string;
        readonly update: number;
        readonly error: number;
      }[];
    };
    expect(certificate.tensors.map(({ path }) => path)).toEqual(["up.weight", "down.weight"]);
    expect(Math.max(...certificate.tensors.map(({ error }) => error))).toBeLessThan(1e-6);
    expect(certificate.drift).toBeLessThan(1e-5);
    expect(certificate.isWithin).toBe(true);
    const [adapted, plain] = [at("adapted-out.safetensors"), at("merged-out.safetensors")];
    await dl(
      "run",
      at("net.dl"),
      "--model",
      "Tuned",
      ...common,
      at("tuned.safetensors"),
      "--weights",
      at("base.safetensors"),
      "--inputs",
      at("probe.safetensors"),
      "--out",
      adapted,
    );
    await dl(
      "run",
      at("net.dl"),
      "--model",
      "Net",
      "--backend",
      "reference",
      "--weights",
      at("merged.safetensors"),
      "--inputs",
      at("probe.safetensors"),
      "--out",
      plain,
    );
    const [one, other] = [weights(adapted).get("out") ?? [], weights(plain).get("out") ?? []];
    expect(one.length).toBe(20);
    one.forEach((x, i) => {
      expect(Math.abs(x - (other[i] ?? NaN))).toBeLessThan(1e-5);
    });
  });

  test("takes LoRA out again", async () => {
    const done = await merge(
      "--model",
      "Tuned",
      ...common,
      at("tuned.safetensors"),
      "--weights",
      at("merged.safetensors"),
      "--undo",
      "-o",
      at("back.safetensors"),
    );
    expect(done.status).toBe(0);
    for (const [path, data] of weights(at("back.safetensors"))) {
      const want = values.get(path)?.data ?? [];
      data.forEach((x, i) => {
        expect(Math.abs(x - (want[i] ?? NaN))).toBeLessThan(1e-5);
      });
    }
  });

  test("refuses above the tolerance, with the alternatives and their numbers, and writes nothing", async () => {
    const done = await merge(
      "--model",
      "Tuned",
      ...common,
      at("tuned.safetensors"),
      "--weights",
      at("base.safetensors"),
      "--store",
      "bf16",
      "-o",
      at("coarse.safetensors"),
    );
    expect(done.status).toBe(1);
    expect(done.err).toContain("more than the tolerance");
    expect(done.err).toMatch(/keep them apart: no error, .* more; merge into f32: error \d/);
    expect(() => readFileSync(at("coarse.safetensors"))).toThrow("ENOENT");
  });

  test("stores half as much where the tolerance allows it", async () => {
    const done = await merge(
      "--model",
      "Tuned",
      ...common,
      at("tuned.safetensors"),
      "--weights",
      at("base.safetensors"),
      "--store",
      "f16",
      "--tolerance",
      "1e-2",
      "-o",
      at("half-merged.safetensors"),
    );
    expect(done.status).toBe(0);
    const { tensors } = parseSafetensors(readFileSync(at("half-merged.safetensors")), "half");
    expect(tensors.get("up.weight")?.dtype).toBe("F16");
  });

  test("does not pretend to take out what depends on the base", async () => {
    const turned = build("Turned");
    const all = drawn(turned);
    writeAdapter(at("turned.safetensors"), turned, all, fingerprintOf(turned.variables, all));
    writeSafetensors(at("turned-base.safetensors"), baseOf(all));
    const folded = await merge(
      "--model",
      "Turned",
      ...common,
      at("turned.safetensors"),
      "--weights",
      at("turned-base.safetensors"),
      "-o",
      at("turned-merged.safetensors"),
    );
    expect(folded.status).toBe(0);
    const done = await merge(
      "--model",
      "Turned",
      ...common,
      at("turned.safetensors"),
      "--weights",
      at("turned-merged.safetensors"),
      "--undo",
      "-o",
      at("never.safetensors"),
    );
    expect(done.status).toBe(1);
    expect(done.err).toContain("cannot be taken out again");
  });
});
