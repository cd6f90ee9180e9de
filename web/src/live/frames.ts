/** One server-sent event. */
export interface Frame {
  event: string;
  id: string;
  data: string;
}

/**
 * Reads server-sent events from pieces of text, wherever they are cut. EventSource cannot send the token in a header, so
 * the stream is read with fetch, and this is its parser (WHATWG HTML, section 9.2.6; the field `retry` is not used here).
 */
export class FrameReader {
  private rest = "";
  private event = "";
  private id = "";
  private data: string[] = [];

  read(text: string): Frame[] {
    const frames: Frame[] = [];
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (this.data.length > 0) frames.push({ event: this.event || "message", id: this.id, data: this.data.join("\n") });
        this.event = "";
        this.data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue; // a comment: the line lives
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") this.event = value;
      if (field === "data") this.data.push(value);
      if (field === "id") this.id = value;
    }
    return frames;
  }
}
