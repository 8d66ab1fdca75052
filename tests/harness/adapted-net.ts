// A net of two layers, and the same with LoRA written out by hand, as text: what tests of adapters adapt.

/** Sizes of what comes in, what lies between and what comes out. */
export type NetSizes = readonly [inputs: number, hidden: number, outputs: number];

/** `Net`, whose layers `up` and `down` are of the given kind. */
export const netOf = (layer: string, sizes: NetSizes): string => {
  const [inputs, hidden, outputs] = sizes.map(String) as [string, string, string];
  return `
model Net() {
  up = ${layer}(${inputs}, ${hidden})
  down = ${layer}(${hidden}, ${outputs})
  fn forward(x: [B, ${inputs}]) -> [B, ${outputs}] = x |> up |> tanh |> down
}
`;
};

/** `Adapted`: the net with LoRA by hand, `scale` being alpha over the rank; its base is frozen. */
export const byHand = (sizes: NetSizes, rank: number, scale: string): string => `
layer Hand(In, Out) {
  param weight: [Out, In] = zeros
  param bias: [Out] = zeros
  param lora_a: [${String(rank)}, In] = zeros
  param lora_b: [Out, ${String(rank)}] = zeros
  fn forward(x: [..., In]) -> [..., Out] = x @ weight.T + bias + ${scale} * (x @ lora_a.T @ lora_b.T)
}
${netOf("Hand", sizes)}
model Adapted = Net with { freeze **.weight, **.bias }
`;
