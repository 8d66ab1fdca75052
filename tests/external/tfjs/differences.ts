// Specs whose expectation is not what the language says, each with its reason.

/** Specs of one file that expect something else. */
export interface Difference {
  readonly file: string;
  /** Matches the names of the specs. */
  readonly name: RegExp;
  readonly reason: string;
}

const ties =
  "where elements tie, the cotangent is shared evenly between them, as in PyTorch; tfjs gives it whole to each or to one side";

/** All of them. */
export const knownDifferences: readonly Difference[] = [
  { file: "ops/max_test.js", name: /ties/, reason: ties },
  { file: "ops/min_test.js", name: /ties/, reason: ties },
  { file: "ops/binary_ops_test.js", name: /^(max|min)imum gradients: Tensor[12]D$/, reason: ties },
  {
    file: "ops/mirror_pad_test.js",
    name: /grad/,
    reason: "tfjs's gradient forgets the elements that the border repeats",
  },
  {
    file: "ops/avg_pool_test.js",
    name: /gradient .*p=explicit/,
    reason:
      "tfjs's gradient divides by the whole window, though its mean is taken over the part inside the image",
  },
  {
    file: "ops/pool_test.js",
    name: /f=\[1,1\] s=2 p=1 fractional/,
    reason:
      "where windows have one element and sizes happen to agree, tfjs takes the image itself and forgets its stride",
  },
  {
    file: "ops/conv2d_transpose_test.js",
    name: /input=8x8x8,output=4x4x8/,
    reason:
      "the convolution does not map the size asked for to the size given: refused, as it should be",
  },
  {
    file: "ops/tan_test.js",
    name: /numbers exceed float32 precision/,
    reason: "angles near 1e9, beyond what kernels reduce in single precision",
  },
  {
    file: "ops/exp_test.js",
    name: /^exp int32$/,
    reason:
      "exp(10) within an absolute 1e-3, which is half of the last bit of a single-precision number",
  },
];
