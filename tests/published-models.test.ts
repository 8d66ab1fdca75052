// The models of the standard library have as many trained parameters as their authors published, under the paths of the usual code.
import { expect, test } from "vitest";
import { compileCase } from "./harness/programs.js";

test.each([
  ["stdlib/bert.dl", "Bert", 109_482_240, "encoder.layer.11.attention.self.query.weight"],
  ["stdlib/language.dl", "Gpt", 124_439_808, "h.11.mlp.down.bias"],
])("%s %s has %i parameters and the path %s", (path, model, count, name) => {
  const compiled = compileCase({ title: model, path, options: { model } });
  const sizes = compiled.variables
    .filter((v) => v.isTrainable)
    .map((v) => v.shape.reduce((a, b) => a * b, 1));
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(count);
  expect(compiled.variables.map((v) => v.path)).toContain(name);
});
