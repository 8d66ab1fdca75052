// Reads what apt is told about a machine's Debian mirrors, and writes the entry for the backports of the same mirror.

/** A file of apt sources. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A Debian mirror and the keyring it is signed with, where one is named. */
export interface Mirror {
  readonly uri: string;
  readonly signedBy: string | undefined;
}

/** The distribution a machine runs, such as `debian` and `bookworm`; empty where unknown. */
export interface Release {
  readonly id: string;
  readonly codename: string;
}

/** Reads the text of /etc/os-release. */
export function parseRelease(text: string): Release {
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: field("ID"), codename: field("VERSION_CODENAME") };
}

/** Whether the release's own Mesa is too old for WebGPU and its backports hold a newer one. */
export function needsBackports({ id, codename }: Release): boolean {
  return id === "debian" && codename === "bookworm";
}

/** The mirror that the sources use for the release `codename` itself, in either format of apt; null if none does. */
export function findMirror(sources: readonly SourceFile[], codename: string): Mirror | null {
  for (const { text } of sources) {
    const found = mirrorInLines(text, codename) ?? mirrorInStanzas(text, codename);
    if (found !== null) return found;
  }
  return null;
}

/** The entry of apt for the backports of a release, in the deb822 format. */
export function backportsStanza({ uri, signedBy }: Mirror, codename: string): string {
  const lines = ["Types: deb", `URIs: ${uri}`, `Suites: ${codename}-backports`, "Components: main"];
  if (signedBy !== undefined) lines.push(`Signed-By: ${signedBy}`);
  return `${lines.join("\n")}\n`;
}

/** The commands that install lavapipe by hand on a machine with these sources. */
export function installCommands(
  sources: readonly SourceFile[],
  release: Release,
): readonly string[] {
  const install = "sudo apt-get install --no-install-recommends";
  const packages = "libvulkan1 mesa-vulkan-drivers";
  const mirror = findMirror(sources, release.codename);
  if (!needsBackports(release) || mirror === null)
    return ["sudo apt-get update", `${install} ${packages}`];
  const lines = backportsStanza(mirror, release.codename).trim().split("\n");
  const quoted = lines.map((line) => `'${line}'`).join(" ");
  const suite = `${release.codename}-backports`;
  return [
    `printf '%s\\n' ${quoted} | sudo tee /etc/apt/sources.list.d/${suite}.sources`,
    "sudo apt-get update",
    `${install} -t ${suite} ${packages}`,
  ];
}

function mirrorInLines(text: string, codename: string): Mirror | null {
  const entry = new RegExp(`^deb\\s+(?:\\[([^\\]]*)\\]\\s+)?(\\S+)\\s+${codename}\\s`, "m").exec(
    text,
  );
  const [, options = "", uri] = entry ?? [];
  return uri === undefined ? null : { uri, signedBy: /signed-by=(\S+)/i.exec(options)?.[1] };
}

function mirrorInStanzas(text: string, codename: string): Mirror | null {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.+)$`, "mi").exec(stanza)?.[1]?.trim();
    const [uri] = field("URIs")?.split(/\s+/) ?? [];
    const suites = field("Suites")?.split(/\s+/) ?? [];
    if (uri !== undefined && suites.includes(codename))
      return { uri, signedBy: field("Signed-By") };
  }
  return null;
}
