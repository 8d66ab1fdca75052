// The models of the standard library have as many trained parameters as their authors published, under the paths of the usual code.
import { expect, test } from "vitest";
import { compileCase } from "./harness/programs.js";

test.each([
  ["stdlib/vision.dl", "ResNet", 11_689_512, "layer2.0.downsample.1.running_var"],
  ["stdlib/vision.dl", "MobileNet", 3_504_872, "features.1.conv.0.1.weight"],
  ["stdlib/vision.dl", "ConvNeXt", 28_589_128, "stages.2.8.pwconv2.bias"],
  ["stdlib/vision.dl", "ViT", 22_050_664, "blocks.11.attn.qkv.weight"],
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
