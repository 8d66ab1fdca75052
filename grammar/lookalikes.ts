// Characters that look like one of ASCII but are another: what somebody meant who copied or mistyped them.

const alike: Readonly<Record<string, string>> = {
  ...pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳνοι", "ABEZHIKMNOPTYXCjvoi"),
  ...pairs("АВЕЅІЈКМНОРСТХҮаеѕіјорсухһԁԛԝ", "ABESIJKMHOPCTXYaesijopcyxhdqw"),
  ...pairs("‐‑‒–—−∗⋅∙∕⁄∶", "------***//:"),
};

function pairs(strange: string, plain: string): Record<string, string> {
  return Object.fromEntries([...strange].map((character, i) => [character, plain[i] ?? ""]));
}

/** The ASCII character that a character looks like; undefined where there is none. */
export function lookalikeOf(character: string): string | undefined {
  const known = alike[character];
  if (known !== undefined && known !== "") return known;
  if (/\p{No}/u.test(character)) return undefined;
  // Full-width forms and the alphabets of mathematics are compatible with what they look like.
  const plain = character.normalize("NFKC");
  return /^[!-~]$/.test(plain) && plain !== character ? plain : undefined;
}
