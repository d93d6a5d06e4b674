// The camera's picture as a stream of JPEG files.
//
// An <img> shows multipart/x-mixed-replace too, but tells nobody that it has stopped, is slow, or
// shows a picture of a minute ago: here each frame is counted.

const HEAD_END = [13, 10, 13, 10];
const MOST_HEAD = 4096;

/** The parts of a multipart answer, as they come. */
export async function* parts(response) {
  const reader = response.body.getReader();
  let held = new Uint8Array(0);
  const more = async () => {
    const { value, done } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(held.length + value.length);
    joined.set(held);
    joined.set(value, held.length);
    held = joined;
    return true;
  };
  try {
    for (;;) {
      let end;
      while ((end = headEnd(held)) < 0) {
        if (held.length > MOST_HEAD) throw new Error("no part's head");
        if (!(await more())) return;
      }
      const length = contentLength(held.subarray(0, end));
      while (held.length < end + length) if (!(await more())) return;
      yield new Blob([held.slice(end, end + length)], { type: "image/jpeg" });
      held = held.slice(end + length);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function headEnd(bytes) {
  for (let at = 0; at + 4 <= bytes.length && at <= MOST_HEAD; at++) {
    if (HEAD_END.every((byte, offset) => bytes[at + offset] === byte)) return at + 4;
  }
  return -1;
}

function contentLength(head) {
  const found = /content-length:\s*(\d+)/i.exec(new TextDecoder("latin1").decode(head));
  if (!found) throw new Error("a part without Content-Length");
  return Number(found[1]);
}
