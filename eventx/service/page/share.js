// Links that carry a text: compressed, in the fragment, which browsers send to nobody.

const KEY = "#t=";

export async function packed(article) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(article)), new CompressionStream("deflate-raw"));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return KEY + btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Return the text and date of a fragment, or null if it has none; `most` is how many bytes they may have.
export async function unpacked(fragment, most) {
  if (!fragment.startsWith(KEY)) return null;
  try {
    const letters = atob(fragment.slice(KEY.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const { text, date } = JSON.parse(new TextDecoder().decode(
      await through(bytes, new DecompressionStream("deflate-raw"), most)));
    if (typeof text !== "string" || !(date === null || typeof date === "string")) throw new TypeError();
    return { text, date };
  } catch {
    throw new Error("The link is damaged; ask for it once more.");
  }
}

async function through(bytes, stream, most = Infinity) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const chunks = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > most) throw new RangeError();
    chunks.push(part.value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
