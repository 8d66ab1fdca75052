// The set-up's reading of apt sources: it must find the machine's own mirror, and never name one of its own.
import { describe, expect, it } from "vitest";
import {
  backportsStanza,
  findMirror,
  installCommands,
  needsBackports,
  parseRelease,
} from "../../cli/setup/sources.js";

const bookworm = { id: "debian", codename: "bookworm" };

const stanzas = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
`;

describe("sources of apt", () => {
  it("reads the release", () => {
    const text =
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
    expect(parseRelease(text)).toEqual(bookworm);
    expect(parseRelease("")).toEqual({ id: "", codename: "" });
  });

  it("finds the mirror of the release in stanzas", () => {
    expect(findMirror([{ name: "debian.sources", text: stanzas }], "bookworm")).toEqual({
      uri: "http://mirror.example/debian",
      signedBy: "/usr/share/keyrings/example.gpg",
    });
  });

  it("finds the mirror of the release in one-line entries, with and without options", () => {
    const line = (text: string) => findMirror([{ name: "sources.list", text }], "bookworm");
    expect(
      line("# deb http://no.example x main\ndeb http://mirror.example/debian bookworm main\n"),
    ).toEqual({
      uri: "http://mirror.example/debian",
      signedBy: undefined,
    });
    expect(line("deb [arch=amd64 signed-by=/k.gpg] http://mirror.example bookworm main\n")).toEqual(
      {
        uri: "http://mirror.example",
        signedBy: "/k.gpg",
      },
    );
    expect(line("deb http://other.example bookworm-security main\n")).toBeNull();
  });

  it("writes an entry for the backports that reads back as their mirror", () => {
    const mirror = { uri: "http://mirror.example/debian", signedBy: "/k.gpg" };
    const text = backportsStanza(mirror, "bookworm");
    expect(findMirror([{ name: "backports.sources", text }], "bookworm-backports")).toEqual(mirror);
  });

  it("says the commands that install lavapipe by hand", () => {
    const commands = installCommands([{ name: "debian.sources", text: stanzas }], bookworm);
    expect(commands.join("\n")).toContain("'URIs: http://mirror.example/debian'");
    expect(commands.at(-1)).toContain("-t bookworm-backports libvulkan1 mesa-vulkan-drivers");
    expect(installCommands([], { id: "debian", codename: "trixie" })).toEqual([
      "sudo apt-get update",
      "sudo apt-get install --no-install-recommends libvulkan1 mesa-vulkan-drivers",
    ]);
    expect(needsBackports({ id: "ubuntu", codename: "noble" })).toBe(false);
  });
});
