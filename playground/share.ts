// A program in a link: its text, compressed, behind the `#`, which no server sees.

/** Characters of the longest program that a link may hold once it is unpacked. */
const longest = 500_000;

/** The part of a link behind the `#` that holds a text. */
export async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `#dl=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** The text that a link holds; undefined where it holds none. Rejects where it is damaged or too long. */
export async function unpacked(hash: string): Promise<string | undefined> {
  const [, code] = /^#dl=([\w-]+)$/.exec(hash) ?? [];
  if (code === undefined) return undefined;
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > longest) throw new Error("the program in this link is too long");
  }
}
