// Hashes of the parts of an artifact.

/** SHA-256 in hexadecimal. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  // No bytes of an artifact lie in shared memory, which this API refuses.
  const own = bytes as Uint8Array<ArrayBuffer>;
  const digest = await globalThis.crypto.subtle.digest("SHA-256", own);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
