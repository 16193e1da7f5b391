// Speaks HTTP with the service: opens the session, asks, reads, and tries again where that helps.
import { type Pending, Store } from "./store";
import { events } from "./stream";
import type { Answer, Citation, Host, Opened, PastTurn, Site } from "./types";

/** What the service said no to, as a problem document. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly retryAfter: number | null, // seconds
  ) {
    super(message);
  }
}

/** The service could not be reached, or broke off and stayed away. */
export class Unreachable extends Error {}

export type Heard =
  | { name: "sources"; data: { message_id: string; citations: Citation[] } }
  | { name: "delta"; data: { delta: string } }
  | { name: "done"; data: Answer }
  | { name: "error"; data: { type: string; title: string; detail?: string; status: number } }
  | { name: "cut" } // trying to go on
  | { name: "anew" }; // going on was not possible: the answer begins again

const PAUSES = [400, 1000, 2000, 4000, 8000, 8000]; // ms before each new try, once an answer has begun
const PAUSES_AT_FIRST = [800]; // before it has: somebody waits for a word
const RENEW_BEFORE = 30_000; // ms that a token must still live

export class Client {
  site: Site | null = null;
  private fresh: { id: string; token: string; expires: number } | null = null;
  private opening: Promise<void> | null = null;

  constructor(
    private readonly host: Host,
    private readonly store: Store,
    private readonly lang: () => string,
    private readonly lost: () => void, // the conversation that was there is not this customer's any more
  ) {}

  /** The conversation's id; opens a session where there is none that still holds. */
  async session(): Promise<string> {
    const kept = this.store.kept;
    const now = kept ?? this.fresh;
    if (!this.site || !now || now.expires < Date.now() + RENEW_BEFORE) {
      this.opening ??= this.openSession().finally(() => (this.opening = null));
      await this.opening;
    }
    return (this.store.kept ?? this.fresh)!.id;
  }

  /** Leave the conversation; the next question begins another. */
  leave(): void {
    this.fresh = null;
    this.site = null;
    this.store.forget();
  }

  /** Who the customer is has changed: the token must be asked for again. */
  stale(): void {
    this.site = null;
  }

  private async openSession(): Promise<void> {
    const old = this.store.kept ?? this.fresh;
    const opened = await this.askForSession(old);
    if (old && old.id !== opened.session_id) {
      const { kept } = this.store;
      this.store.kept = null;
      if (kept) this.lost();
    }
    this.site = opened.site;
    this.fresh = {
      id: opened.session_id,
      token: opened.session_token,
      expires: Date.now() + opened.expires_in * 1000,
    };
    const { kept } = this.store;
    if (kept) this.store.kept = { ...this.fresh, lang: kept.lang };
  }

  private async askForSession(old: { id: string; token: string } | null): Promise<Opened> {
    const { options, identity } = this.host;
    const ask = async (before: typeof old, who: string | null): Promise<Opened> => {
      const body = {
        site_key: options.siteKey,
        ...(who && { identity: who }),
        ...(before && { session_id: before.id }),
        page: { lang: this.lang(), url: location.origin + location.pathname }, // no query: it may hold anything
      };
      const response = await this.send("/api/widget/session", body, before ? bearer(before.token) : {});
      return (await response.json()) as Opened;
    };
    let who: string | null = null;
    try {
      who = typeof identity === "function" ? await identity() : identity;
      return await ask(old, who);
    } catch (error) {
      if (who && error instanceof Refused && error.kind === "identity-wrong") {
        console.warn(`Madoguchi: the identity was not accepted, so the customer is a guest. ${error.message}`);
        return await ask(old, null);
      }
      // The conversation is over: expired or erased. A new one can begin.
      if (old && error instanceof Refused && [401, 404, 409, 422].includes(error.status)) return await ask(null, who);
      throw error;
    }
  }

  /** From now on the browser remembers the conversation: this tab's, or the one that another has begun meanwhile. */
  async begin(): Promise<string> {
    const id = await this.session();
    this.store.kept ??= this.fresh;
    return id;
  }

  /** Ask, and go on after a cut where it was cut. Raises Refused or Unreachable. */
  async *chat(pending: Pending, signal: AbortSignal): AsyncGenerator<Heard> {
    let tries = 0;
    let begun = pending.message !== "";
    for (;;) {
      try {
        const response = await this.stream(pending, signal);
        for await (const { id, name, data } of events(response.body!)) {
          tries = 0;
          begun = true;
          if (id) Object.assign(pending, { last: id, message: id.slice(0, id.lastIndexOf(":")) });
          this.store.pending = pending;
          yield { name, data: JSON.parse(data) } as Heard;
          if (name === "done" || name === "error") return;
        }
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof Refused) {
          if (error.status === 409 && tries < PAUSES.length) {
            tries += 1; // still being answered elsewhere
            await pause((error.retryAfter ?? 1) * 1000);
            continue;
          }
          if (!pending.message || error.status === 429 || error.status === 401) throw error;
          pending.last = pending.message = ""; // too late to go on: the same question again, under the same key
          yield { name: "anew" };
          continue;
        }
      }
      const wait = (begun ? PAUSES : PAUSES_AT_FIRST)[tries++];
      if (wait === undefined) throw new Unreachable();
      yield { name: "cut" };
      await pause(wait);
    }
  }

  private stream({ question, session, key, message, last }: Pending, signal: AbortSignal): Promise<Response> {
    if (message) {
      const headers: Record<string, string> = last ? { "Last-Event-ID": last } : {};
      return this.authorised(`/api/chat/${encodeURIComponent(message)}/events`, undefined, headers, signal);
    }
    const body = { message: question, session_id: session, stream: true };
    return this.authorised("/api/chat", body, { "Idempotency-Key": key }, signal);
  }

  /** What was said before; empty when nothing was, or it has expired. */
  async history(): Promise<PastTurn[]> {
    const id = await this.session();
    try {
      const response = await this.authorised(`/api/sessions/${encodeURIComponent(id)}`);
      return ((await response.json()) as { turns: PastTurn[] }).turns;
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return [];
      throw error;
    }
  }

  async feedback(messageId: string, rating: "up" | "down", comment?: string): Promise<void> {
    const session_id = await this.session();
    await this.authorised("/api/feedback", { session_id, message_id: messageId, rating, ...(comment && { comment }) });
  }

  async handoff(contact: { name?: string; email: string }, message: string, reason: string): Promise<void> {
    const session_id = await this.begin();
    await this.authorised("/api/handoff", { session_id, contact, message, reason });
  }

  private async authorised(
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    for (let again = false; ; again = true) {
      await this.session();
      const { token } = (this.store.kept ?? this.fresh)!;
      try {
        return await this.send(path, body, { ...headers, ...bearer(token) }, signal);
      } catch (error) {
        if (again || !(error instanceof Refused) || error.status !== 401) throw error;
        this.stale(); // the token has run out on the way, or the service was set up anew
      }
    }
  }

  private async send(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await fetch(this.host.options.api + path, {
      method: body === undefined ? "GET" : "POST",
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "origin",
      ...(signal && { signal }),
    });
    if (response.ok) return response;
    throw await refusal(response);
  }
}

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
  });

async function refusal(response: Response): Promise<Refused> {
  const problem = (await response.json().catch(() => ({}))) as { type?: unknown; title?: unknown; detail?: unknown };
  const kind = String(problem.type ?? "").replace(/^.*:/, "");
  const words = [problem.title, problem.detail].filter((part) => typeof part === "string").join(" ");
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new Refused(response.status, kind, words, Number.isFinite(after) && after >= 0 ? Math.min(after, 3600) : null);
}
