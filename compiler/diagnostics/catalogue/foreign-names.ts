// Names that other languages bring along, and what stands for them here.

const range = "a range is written `0..n`";
const member = "members of a layer go by their names alone: `weight`";
const noLibrary = "every function is a name of its own: `relu(x)`, `softmax(x)`";
const absent =
  "nothing stands for an absent value: a member may have a condition, `… if with_bias`";
const integer =
  "the kinds of static arguments are `dim`, `float`, `bool`, `dtype`, `fn` and `layer`";
const tensor = "tensor types are written `[B, D]`, with an element type `f16[B, D]`";
const transposed = "axes are moved by `x.T` or `rearrange(x, [b t d -> b d t])`";
/** What makes an axis, where another language has a name for it among indices. */
export const newAxis =
  "an index adds no axis: `reshape(x, [N, 1])` or `rearrange(x, [n -> n 1])` makes one of size 1";
const log = "programs print nothing; `dl run` writes results";

const hints: Readonly<Record<string, string>> = {
  True: "it is written `true`",
  False: "it is written `false`",
  None: absent,
  newaxis: newAxis,
  null: absent,
  nil: absent,
  undefined: absent,
  self: member,
  this: member,
  super: member,
  print: log,
  println: log,
  range,
  enumerate: range,
  len: "the sizes of a tensor are the names in its type: `x: [B, T]`",
  Tensor: tensor,
  tensor,
  Array: tensor,
  int: integer,
  Int: integer,
  uint: integer,
  double: integer,
  string: integer,
  str: integer,
  return: "the value of a block is its last expression, without `return`",
  cat: "tensors are joined by `concat(a, b, axis = 1)`",
  concatenate: "tensors are joined by `concat(a, b, axis = 1)`",
  chunk: "equal parts are `split(x, 2, axis = -1)`",
  matmul: "a product is written `a @ b`",
  bmm: "a product is written `a @ b`",
  mm: "a product is written `a @ b`",
  arange: "`iota(T)` is 0, 1, … as `i32[T]`",
  randn: "random numbers are `random_normal([B, D])`",
  rand: "random numbers are `random_uniform([B, D])`",
  permute: transposed,
  transpose: transposed,
  swapaxes: transposed,
  view: "a tensor takes another shape by `reshape(x, [B, T * D])`",
  flatten: "axes are joined by `rearrange(x, [b c y x -> b (c y x)])`",
  unsqueeze: "a unit axis is made by `rearrange(x, [b t -> b t 1])`",
  squeeze: "a unit axis is taken away by `x[:, 0]`",
  expand: "an axis is repeated by `repeat(x, [d -> b d], b = B)`",
  torch: noLibrary,
  nn: noLibrary,
  F: noLibrary,
  np: noLibrary,
  jnp: noLibrary,
  numpy: noLibrary,
  jax: noLibrary,
  tf: noLibrary,
  keras: noLibrary,
  math: noLibrary,
};

/** Names that make an axis where they stand among indices, in other languages. */
export const axisMakers: readonly string[] = ["None", "newaxis"];

/** What stands here for a name of another language; undefined for other names. */
export const foreignName = (name: string): string | undefined =>
  Object.hasOwn(hints, name) ? hints[name] : undefined;

/** Values of other languages by the parameter they are given to, and what stands for them here. */
const foreignValues: Readonly<Record<string, string>> = {
  'padding = "same"':
    "sizes stay as they are under `padding = kernel / 2` for an odd kernel: 1 for 3, 2 for 5",
  'padding = "valid"': "no padding is `padding = 0`, which is the default",
};

/** What stands here for a value of another language that a parameter is given, as it is written; undefined for other values. */
export const foreignValue = (param: string, text: string): string | undefined => {
  const key = `${param} = ${text}`;
  return Object.hasOwn(foreignValues, key) ? foreignValues[key] : undefined;
};
