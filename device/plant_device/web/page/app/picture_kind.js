// What a file is, by its own first bytes, whatever it is called; as the device looks at them.

const HEIC = ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"];
const AVIF = ["avif", "avis"];
const HEADS = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["BM", "bmp"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
];
// More than any device takes: how much its own does, it tells before a picture has left the phone.
const MOST_BYTES = 200e6;

/** Why a file can never be classified: "heic", "avif", "empty", "too_large", "none"; null if it may. */
export async function unusable(file) {
  if (file.size === 0) return "empty";
  if (file.size > MOST_BYTES) return "too_large";
  const kind = kindOf(letters(await file.slice(0, 16).arrayBuffer()));
  return ["heic", "avif"].includes(kind) ? kind : kind === null ? "none" : null;
}

function kindOf(head) {
  if (head.slice(4, 8) === "ftyp") {
    const brand = head.slice(8, 12);
    return HEIC.includes(brand) ? "heic" : AVIF.includes(brand) ? "avif" : null;
  }
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "webp";
  return HEADS.find(([start]) => head.startsWith(start))?.[1] ?? null;
}

function letters(bytes) {
  return String.fromCharCode(...new Uint8Array(bytes));
}
