// Names that other languages bring along, and what stands for them here.

const range = "a range is written `0..n`";
const member = "members of a layer go by their names alone: `weight`";
const noLibrary = "every function is a name of its own: `relu(x)`, `softmax(x)`";
const absent =
  "nothing stands for an absent value: a member may have a condition, `… if with_bias`";
const integer =
  "the kinds of static arguments are `dim`, `float`, `bool`, `dtype`, `fn` and `layer`";
const tensor = "tensor types are written `[B, D]`, with an element type `f16[B, D]`";
const log = "programs print nothing; `dl run` writes results";

const hints: Readonly<Record<string, string>> = {
  True: "it is written `true`",
  False: "it is written `false`",
  None: absent,
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

/** What stands here for a name of another language; undefined for other names. */
export const foreignName = (name: string): string | undefined =>
  Object.hasOwn(hints, name) ? hints[name] : undefined;
