// Halves in WGSL: packing and unpacking by integers, so that every device without the type rounds alike.

/**
 * `dl_half_bits(x)`: the bits of the nearest binary16 in the lower half of a word, ties to even, infinite from 65520 on. WGSL leaves
 * open how its own `pack2x16float` rounds, and what it gives for what is too large. Below 2^-14 halves are multiples of 2^-24, which
 * is what float32 numbers next to 0.5 are. `dl_half(x)`: that half as a number.
 */
export const HALF = `fn dl_half_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  let normal = (size + 0xfffu + ((size >> 13u) & 1u) - 0x38000000u) >> 13u;
  let small = bitcast<u32>(bitcast<f32>(min(size, 0x38800000u)) + 0.5) - 0x3f000000u;
  let finite = select(normal, small, size < 0x38800000u);
  let large = select(0x7c00u, 0x7e00u, size > 0x7f800000u);
  return ((bits >> 16u) & 0x8000u) | select(finite, large, size >= 0x477ff000u);
}
fn dl_half(x: f32) -> f32 {
  return unpack2x16float(dl_half_bits(x)).x;
}`;
