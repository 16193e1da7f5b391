// Server-sent events out of a response's body, whatever the pieces that the network cuts it into.

export interface StreamEvent {
  id: string;
  name: string;
  data: string;
}

/** Longer than two of the service's heartbeats: then the line is dead, though nobody has said so. */
export const SILENCE_MS = 40_000;

export class Silence extends Error {}

/** The events of a stream; raises Silence when nothing, not even a heartbeat, is heard for `patience` milliseconds. */
export async function* events(body: ReadableStream<Uint8Array>, patience = SILENCE_MS): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await within(reader.read(), patience);
      buffer += done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (done) return; // what is left was cut in the middle
      for (let end; (end = /\r\n\r\n|\n\n|\r\r/.exec(buffer)); buffer = buffer.slice(end.index + end[0].length)) {
        const event = parse(buffer.slice(0, end.index));
        if (event.data) yield event;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function parse(text: string): StreamEvent {
  const event = { id: "", name: "message", data: "" };
  const data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event.name = value ?? "";
    else if (field === "id") event.id = value ?? "";
    else if (field === "data") data.push(value ?? "");
  }
  event.data = data.join("\n");
  return event;
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Silence()), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
