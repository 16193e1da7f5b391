// What a browser remembers of a conversation, and how its tabs tell each other. Nothing is kept before the first question.
import type { Lang } from "./types";

export interface Kept {
  id: string;
  token: string;
  expires: number; // milliseconds since 1970
  lang?: Lang | undefined; // the one that the customer turned out to write
}

/** A question whose answer has not ended; enough to go on with it after a cut or a reload. */
export interface Pending {
  question: string;
  key: string; // of idempotency
  session: string;
  message: string; // the answer's id, once it has one
  last: string; // the id of the last event that was read
  at: number;
}

export type Tidings = { type: "answered" } | { type: "ended" };

export class Store {
  private readonly name: string;
  private readonly channel: BroadcastChannel | null;

  constructor(siteKey: string, hear?: (tidings: Tidings) => void) {
    this.name = `madoguchi:${siteKey}`;
    this.channel = hear ? channel(this.name) : null;
    this.channel?.addEventListener("message", ({ data }: MessageEvent<Tidings>) => hear?.(data));
  }

  get kept(): Kept | null {
    return read<Kept>("localStorage", this.name);
  }

  set kept(value: Kept | null) {
    write("localStorage", this.name, value);
  }

  /** Per tab: the one that asked is the one that goes on. */
  get pending(): Pending | null {
    return read<Pending>("sessionStorage", `${this.name}:pending`);
  }

  set pending(value: Pending | null) {
    write("sessionStorage", `${this.name}:pending`, value);
  }

  /** Whether the customer has it open in this tab; null when they have neither opened nor closed it. */
  get open(): boolean | null {
    return read("sessionStorage", `${this.name}:open`);
  }

  set open(value: boolean | null) {
    write("sessionStorage", `${this.name}:open`, value);
  }

  tell(tidings: Tidings): void {
    this.channel?.postMessage(tidings);
  }

  forget(): void {
    this.kept = this.pending = this.open = null;
  }

  close(): void {
    this.channel?.close();
  }
}

/** Where storage is blocked Firefox has no channel between tabs either, and says so by an error. */
function channel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}

type Place = "localStorage" | "sessionStorage";
const memory = new Map<string, unknown>(); // where the page may keep nothing: sandboxed frames, strict privacy settings

function read<T>(place: Place, name: string): T | null {
  try {
    return JSON.parse(window[place].getItem(name) ?? "null") as T | null;
  } catch {
    return (memory.get(name) as T | undefined) ?? null;
  }
}

function write(place: Place, name: string, value: unknown): void {
  memory.set(name, value);
  try {
    if (value === null) window[place].removeItem(name);
    else window[place].setItem(name, JSON.stringify(value));
  } catch {
    // `memory` has it
  }
}
