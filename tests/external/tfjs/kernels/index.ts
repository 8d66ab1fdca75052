// All kernels, and those that nothing in the language answers.
import { OutsideLanguage } from "../expressions.js";
import { crops } from "./crops.js";
import { images } from "./images.js";
import type { Kernel, Kernels } from "./kernel.js";
import { movement } from "./movement.js";
import { places } from "./places.js";
import { pointwise } from "./pointwise.js";
import { products } from "./products.js";
import { reductions } from "./reductions.js";
import { convolutions } from "./convolutions.js";
import { pooling } from "./pooling.js";

const outside = (reason: string, names: readonly string[]): Kernels =>
  Object.fromEntries(
    names.map((name): [string, Kernel] => [
      name,
      () => {
        throw new OutsideLanguage(reason);
      },
    ]),
  );

/** Kernels by tfjs's names. */
export const kernels: Kernels = {
  ...pointwise,
  ...reductions,
  ...movement,
  ...places,
  ...products,
  ...convolutions,
  ...pooling,
  ...images,
  ...crops,
  ...outside("complex numbers", ["Complex", "ComplexAbs", "Real", "Imag", "FFT", "IFFT"]),
  ...outside("strings", [
    "StaticRegexReplace",
    "StringNGrams",
    "StringSplit",
    "StringToHashBucketFast",
  ]),
  ...outside("a result whose shape depends on data", [
    "Unique",
    "NonMaxSuppressionV3",
    "NonMaxSuppressionV4",
    "NonMaxSuppressionV5",
    "SparseFillEmptyRows",
    "SparseReshape",
    "SparseSegmentMean",
    "SparseSegmentSum",
    "RaggedGather",
    "RaggedRange",
    "RaggedTensorToTensor",
  ]),
  ...outside("shapes as data", ["BroadcastArgs"]),
  ...outside("random numbers of tfjs's own generator", ["Multinomial"]),
  ...outside("pixels of a canvas or a page", ["FromPixels", "Draw"]),
  ...outside("operations on bits", ["BitwiseAnd"]),
  ...outside("images turned by an angle in pixels", ["RotateWithOffset"]),
};
