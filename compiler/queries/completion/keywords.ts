// The words that may begin a line or an expression, by what is around the cursor.
import { rank, type Completion } from "./proposal.js";

/** Where a line can begin. */
export type LinePlace = "top" | "layer" | "optimizer" | "block" | "derived" | "train" | "property";

/** A keyword with what usually follows it; `$0` is where writing goes on. */
const lines: Readonly<Record<LinePlace, Readonly<Record<string, string>>>> = {
  top: {
    import: 'import { $0 } from "${1:std/nn}"',
    const: "const ${1:name} = $0",
    fn: "fn ${1:name}(${2:x}: [${3:B, D}]) -> [${4:B, D}] = $0",
    layer: "layer ${1:Name}(${2:D}) {\n  fn forward(x: [..., ${2:D}]) -> [..., ${2:D}] = $0\n}",
    model:
      "model ${1:Name}(${2:D} = ${3:64}) {\n  fn forward(x: [B, ${2:D}]) -> [B, ${2:D}] = $0\n}",
    adapter: "adapter ${1:name}(${2:rank}) on ${3:Linear}(${4:In, Out}) {\n  $0\n}",
    optimizer:
      "optimizer ${1:name}(lr: float) {\n  fn update(p: like param, g: like param, step: i32[]) -> like param = $0\n}",
    train: "train ${1:Name}(net: ${2:Model}, $3) {\n  loss = $0\n  optimizer = adamw(lr = 1e-3)\n}",
    property: 'property "${1:what holds}" (${2:x: [4]}) {\n  assert $0\n}',
  },
  layer: {
    param: "param ${1:weight}: [${2:D}] = $0",
    state: "state ${1:name}: [${2:D}] = $0",
    fn: "fn ${1:forward}(${2:x}: [${3:..., D}]) -> [${4:..., D}] = $0",
    init: "init {\n  $0\n}",
  },
  optimizer: {
    state: "state ${1:m}: like param = zeros",
    fn: "fn ${1:update}(p: like param, g: like param, step: i32[]) -> like param = $0",
  },
  block: {
    let: "let ${1:name} = $0",
    var: "var ${1:name} = $0",
    for: "for ${1:item} in ${2:items} { $0 }",
    if: "if ${1:condition} { $2 } else { $0 }",
  },
  property: { assert: "assert $0" },
  derived: {
    adapt: "adapt ${1:**: Linear} by $0",
    quantize: "quantize ${1:**.weight: Linear} as $0",
    freeze: "freeze $0",
    init: "init {\n  $0\n}",
    set: "set ${1:name} = $0",
  },
  train: {
    let: "let ${1:name} = $0",
    metrics: "metrics {\n  $0\n}",
    group: "group ${1:**.bias} { ${2:weight_decay = 0} }",
  },
};

/** The keywords that may begin a line here. */
export const lineKeywords = (place: LinePlace): readonly Completion[] =>
  Object.entries(lines[place]).map(([label, snippet]) => ({
    label,
    kind: "keyword",
    snippet,
    rank: rank.near,
  }));

/** Words that an expression may begin with. */
export const expressionKeywords: readonly Completion[] = [
  {
    label: "if",
    kind: "keyword",
    snippet: "if ${1:condition} { $2 } else { $0 }",
    rank: rank.keyword,
  },
  { label: "not", kind: "keyword", rank: rank.keyword },
  { label: "true", kind: "keyword", rank: rank.keyword },
  { label: "false", kind: "keyword", rank: rank.keyword },
  { label: "training", kind: "keyword", detail: "true inside a train step", rank: rank.keyword },
];

/** What may stand behind a colon besides tensor types and layers. */
export const kindWords: readonly Completion[] = [
  {
    label: "dim",
    kind: "keyword",
    detail: "a size: a whole number, the default kind",
    rank: rank.near,
  },
  { label: "float", kind: "keyword", detail: "a static number", rank: rank.near },
  {
    label: "bool",
    kind: "keyword",
    detail: "`true` or `false`, known when built",
    rank: rank.near,
  },
  { label: "dtype", kind: "keyword", detail: "an element type", rank: rank.near },
  { label: "fn", kind: "keyword", detail: "a function of tensors", rank: rank.near },
  { label: "layer", kind: "keyword", detail: "a layer to be instantiated inside", rank: rank.near },
  {
    label: "like",
    kind: "keyword",
    detail: "the type of another tensor",
    insert: "like ",
    rank: rank.near,
  },
];
