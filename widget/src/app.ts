// The panel: the conversation behind the launcher. Loaded by loader.ts when it is first needed.
import sheetText from "./panel.css";
import { Client, Refused } from "./client";
import { css, inkOn, parse, readable } from "./colour";
import { button, dress, make } from "./dom";
import * as icons from "./icons";
import { personView } from "./person";
import { sentences } from "./rich";
import { type Pending, Store, type Tidings } from "./store";
import { Turn } from "./turn";
import type { App, Host, Lang, PastTurn } from "./types";
import { WORDS, type Words, speaks, written } from "./words";

const LONGEST = 4000; // characters of a question: the service's own default
const GROUNDS = { light: [247, 245, 240], dark: [30, 33, 39] } as const; // what is harder to read on: --paper, --card
const SMALL = "(max-width: 30em), (max-height: 30em)"; // the panel takes the whole window
const RESUME_WITHIN_MS = 120_000; // an answer that was cut longer ago is not gone on with

export function start(host: Host): App {
  return new Panel(host);
}

class Panel implements App {
  private readonly store: Store;
  private readonly client: Client;
  private readonly panel: HTMLElement;
  private readonly heading = make("h2", "", { id: "title" });
  private readonly anew: HTMLButtonElement;
  private readonly shut: HTMLButtonElement;
  private readonly log = make("div", "log", { role: "log", "aria-live": "off", tabindex: "0" });
  private readonly hello = make("section", "hello");
  private readonly notice = make("p", "notice", { role: "status" });
  private readonly announcer = make("div", "unseen announcer", { "aria-live": "polite", "aria-relevant": "additions" });
  private readonly box = make("textarea", "", { rows: "1", enterkeyhint: "send", id: "ask", maxlength: String(LONGEST), dir: "auto", autocomplete: "off" });
  private readonly label = make("label", "unseen", { for: "ask" });
  private readonly send: HTMLButtonElement;
  private readonly personButton: HTMLButtonElement;
  private readonly hint = make("span", "hint");
  private readonly talk: HTMLElement;
  private view: HTMLElement | null = null; // "talk to a person", while it is open
  private turns: Turn[] = [];
  private busy: AbortController | null = null;
  private ready: Promise<void> | null = null;
  private opened = false;
  private before: HTMLElement | null = null; // what had the focus
  private composed = -1000; // when a composition ended
  private announced = 0; // sentences of the running answer
  private behind = false; // another tab was answered while this one was
  private overflow = "";
  private readonly ending = new AbortController(); // of every listener outside of the shadow root

  constructor(private readonly host: Host) {
    this.store = new Store(host.options.siteKey, (tidings) => this.hear(tidings));
    this.client = new Client(host, this.store, () => this.lang, () => this.forgetTurns());
    this.anew = button("head", {}, () => this.reset(), icons.anew());
    this.shut = button("head", {}, () => this.close(), icons.down());
    this.send = make("button", "send", { type: "submit" }, icons.send());
    this.personButton = button("quiet", {}, () => this.person("customer_request"), icons.person(), make("span"));
    const form = make("form", "composer", {}, this.label, make("div", "entry", {}, this.box, this.send), make("div", "foot", {}, this.hint, this.personButton));
    this.log.append(this.hello);
    this.talk = make("div", "talk", {}, this.log, this.notice, form);
    this.panel = make(
      "div",
      "panel",
      { role: "dialog", "aria-labelledby": "title", tabindex: "-1" },
      make("div", "top", {}, make("span", "mark", { "aria-hidden": "true" }, icons.mark()), this.heading, this.anew, this.shut),
      this.talk,
      this.announcer,
    );
    this.panel.hidden = true;
    dress(host.root, sheetText);
    host.root.append(this.panel);
    this.listen(form);
    this.update();
    this.grow();
  }

  // ---- what the loader calls

  open(unasked = false): void {
    if (this.opened) return;
    this.opened = true;
    this.store.open = true;
    this.before = document.activeElement as HTMLElement | null;
    this.panel.hidden = false;
    this.host.launcher.setAttribute("aria-expanded", "true");
    this.host.element.toggleAttribute("data-open", true);
    this.host.element.toggleAttribute("data-unread", false);
    this.fit();
    this.grow();
    void this.prepare();
    if (!unasked || this.host.element.hasAttribute("data-whole")) this.rest();
    this.log.scrollTop = this.log.scrollHeight;
    this.host.emit("open");
  }

  close(): void {
    if (!this.opened) return;
    this.opened = false;
    this.store.open = false;
    const inside = this.host.root.activeElement !== null;
    this.panel.hidden = true;
    this.host.launcher.setAttribute("aria-expanded", "false");
    this.host.element.toggleAttribute("data-open", false);
    this.fit();
    if (inside) {
      const { before, host } = this;
      if (before && before !== document.body && before !== host.element && before.isConnected) before.focus();
      else host.launcher.focus();
    }
    this.host.emit("close");
  }

  /** The options or the page's language have changed. */
  update(): void {
    const { host, say } = this;
    host.element.lang = this.panel.lang = this.lang;
    host.element.dataset["theme"] = this.theme;
    this.paint();
    this.name();
    label(this.anew, say.new);
    label(this.shut, say.close);
    label(this.send, say.send);
    this.label.textContent = say.label;
    this.box.placeholder = say.placeholder;
    this.hint.textContent = say.hint;
    this.personButton.lastElementChild!.textContent = say.person;
    this.log.setAttribute("aria-label", say.conversation);
    this.welcome();
  }

  identify(): void {
    this.client.stale();
    if (this.opened) void this.prepare(true);
  }

  reset(): void {
    this.clear();
    this.store.tell({ type: "ended" });
    if (this.opened) this.rest();
    this.host.emit("reset");
  }

  shutdown(): void {
    this.close();
    this.clear();
    this.store.tell({ type: "ended" });
    this.store.close();
    this.ending.abort();
    this.panel.remove();
  }

  // ---- looks

  private get lang(): Lang {
    const { lang } = this.host.options;
    if (lang !== "auto") return lang;
    return this.store.kept?.lang ?? speaks(document.documentElement.lang || navigator.language);
  }

  private get say(): Words {
    return WORDS[this.lang];
  }

  private get theme(): "light" | "dark" {
    const { theme } = this.host.options;
    return theme !== "auto" ? theme : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  /** The site's colour as it is for surfaces, and as it can be read for text. */
  private paint(): void {
    const { style } = this.host.element;
    const chosen = this.host.options.color ? parse(this.host.options.color) : null;
    if (this.host.options.color && !chosen) console.warn(`Madoguchi: "${this.host.options.color}" is not a colour.`);
    const ground = [...GROUNDS[this.theme]] as [number, number, number];
    for (const [property, value] of [
      ["--brand", chosen && css(chosen)],
      ["--on-brand", chosen && css(inkOn(chosen))],
      ["--accent", chosen && css(readable(chosen, ground))],
    ] as const) {
      if (value) style.setProperty(property, value);
      else style.removeProperty(property);
    }
  }

  /** Where the panel stands in the window that the keyboard, and a page wider than it, leave. */
  private fit(): void {
    const view = window.visualViewport;
    const whole = this.opened && matchMedia(SMALL).matches;
    const { style } = this.panel;
    if (whole && view && view.scale < 1.01) { // who has zoomed in wants it larger than the window
      const { currentCSSZoom = 1 } = this.panel as { currentCSSZoom?: number }; // the page's own
      const place = { height: view.height, top: view.offsetTop, width: view.width, left: view.offsetLeft };
      for (const [name, px] of Object.entries(place)) style.setProperty(`--${name}`, `${px / currentCSSZoom}px`);
    }
    this.panel.setAttribute("aria-modal", String(whole));
    const page = document.documentElement.style;
    const locked = this.host.element.hasAttribute("data-whole");
    if (whole && !locked) {
      this.overflow = page.overflow;
      page.overflow = "hidden"; // the page must not scroll behind
    } else if (!whole && locked) {
      page.overflow = this.overflow;
    }
    this.host.element.toggleAttribute("data-whole", whole);
  }

  private name(): void {
    this.heading.textContent = this.host.options.title ?? (this.client.site?.name || this.say.title);
  }

  private welcome(): void {
    const { say, client, host, lang } = this;
    const greeting = host.options.greeting ?? client.site?.greeting?.[lang] ?? say.greeting + say.promise;
    const [, title, rest] = /^([^。！？!?\n]+(?:[。！？]|[.!?](?=\s|$))?)\s*(.*)$/s.exec(greeting.trim()) ?? [];
    const asked = (client.site?.suggestions?.[lang] ?? []).slice(0, 4);
    const list = make(
      "ul",
      "suggestions",
      { "aria-label": say.suggestions },
      ...asked.map((text) => make("li", "", {}, button("suggestion", {}, () => void this.ask(text), make("span", "", { dir: "auto" }, text)))),
    );
    this.hello.replaceChildren(make("h3", "", { dir: "auto" }, title ?? greeting), rest ? make("p", "", { dir: "auto" }, rest) : "", ...(asked.length ? [make("p", "often", { "aria-hidden": "true" }, say.suggestions), list] : []));
    this.hello.hidden = this.turns.length > 0;
    this.anew.hidden = this.turns.length === 0;
  }

  // ---- what the customer does

  private listen(form: HTMLFormElement): void {
    const outside = { signal: this.ending.signal };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => this.grow());
    this.panel.addEventListener("compositionend", (event) => (this.composed = event.timeStamp), true);
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
      if (this.composing(event)) return; // Enter that chooses a Japanese word sends nothing
      event.preventDefault();
      if (!event.repeat) this.submit();
    });
    this.panel.addEventListener("keydown", (event) => this.key(event));
    // A page's own shortcuts are not meant; nor do its windows that hold the focus take it from here.
    for (const type of ["keydown", "keypress", "keyup", "focusin"]) this.panel.addEventListener(type, (event) => event.stopPropagation());
    const { visualViewport: view } = window;
    view?.addEventListener("resize", () => this.fit(), outside);
    view?.addEventListener("scroll", () => this.fit(), outside);
    addEventListener("resize", () => this.fit(), outside);
    addEventListener("pageshow", ({ persisted }) => persisted && this.returned(), outside);
    addEventListener("offline", () => this.tell(this.say.offline), outside);
    addEventListener("online", () => this.tell(""), outside);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.update(), outside);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape" && !this.composing(event)) {
      if (this.view) this.back();
      else this.close();
    }
    if (event.key !== "Tab" || !this.host.element.hasAttribute("data-whole")) return;
    const stops = [...this.panel.querySelectorAll<HTMLElement>("button, a[href], input, textarea, [tabindex='0']")].filter(
      (stop) => stop.getClientRects().length && !(stop as HTMLButtonElement).disabled,
    );
    const [first, last] = [stops[0], stops.at(-1)];
    const at = this.host.root.activeElement;
    if (event.shiftKey ? at === first || at === this.panel : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  /** Whether a key is the input method's. Safari ends the composition just before the key comes. */
  private composing(event: KeyboardEvent): boolean {
    return event.isComposing || event.keyCode === 229 || event.timeStamp - this.composed < 40;
  }

  private grow(): void {
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${this.box.scrollHeight}px`);
    this.send.disabled = this.busy !== null || !this.box.value.trim();
    if (this.box.value.length >= LONGEST) this.tell(this.say.tooLong(LONGEST));
    else if (this.notice.textContent === this.say.tooLong(LONGEST)) this.tell("");
  }

  /** The focus goes to the field; on a touch screen its keyboard would cover what there is to read. */
  private rest(): void {
    (matchMedia("(pointer: fine)").matches ? this.box : this.panel).focus({ preventScroll: true });
  }

  private submit(): void {
    const question = this.box.value.trim();
    if (!question || this.busy) return;
    this.box.value = "";
    this.grow();
    void this.ask(question);
  }

  private person(reason: string): void {
    const about = this.turns.at(-1)?.question ?? "";
    this.view?.remove();
    const hand = async (contact: { name?: string; email: string }, message: string): Promise<void> => {
      await this.client.handoff(contact, message, reason);
      for (const turn of this.turns) turn.told();
      this.turns.at(-1)?.passed();
      this.host.emit("handoff", { reason });
    };
    this.view = personView(this.lang, this.client.site?.contact ?? null, about, hand, () => this.back());
    this.talk.hidden = true;
    this.talk.after(this.view);
    this.view.querySelector("h3")!.focus();
  }

  private back(): void {
    this.view?.remove();
    this.view = null;
    this.talk.hidden = false;
    this.rest();
  }

  // ---- the conversation

  /** Open the session, and show what was said before. */
  private prepare(again = false): Promise<void> {
    if (again) this.ready = null;
    this.ready ??= (async () => {
      const wait = this.store.kept;
      this.panel.toggleAttribute("data-loading", !this.client.site);
      try {
        await this.client.session();
        this.welcome();
        this.name();
        if (wait && !this.busy) await this.showHistory();
        this.tell("");
        this.host.emit("ready");
      } catch (error) {
        this.ready = null; // the next try may succeed
        this.trouble(error);
      } finally {
        this.panel.removeAttribute("data-loading");
      }
      const pending = this.store.pending;
      if (pending && !this.busy && Date.now() - pending.at < RESUME_WITHIN_MS) await this.goOn(pending);
    })();
    return this.ready;
  }

  private async showHistory(): Promise<void> {
    const past = await this.client.history();
    if (this.busy) return;
    const stored = new Set(past.map(({ message_id }) => message_id));
    if (this.turns.some(({ messageId }) => messageId && !stored.has(messageId))) this.removeTurns(); // another conversation
    const known = new Set(this.turns.map(({ messageId }) => messageId));
    for (const turn of past) if (!known.has(turn.message_id) || !this.turns.length) this.begin(turn.message).done(turn);
    this.inOrder(past);
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** What another tab asked stands where it was answered, also when it comes to be known later. */
  private inOrder(past: PastTurn[]): void {
    const stored = new Map(past.map(({ message_id }, place) => [message_id, place]));
    let place = -1; // what is not stored, since it failed, follows what it followed
    const places = new Map(this.turns.map((turn) => [turn, (place = stored.get(turn.messageId) ?? place)]));
    const sorted = [...this.turns].sort((one, other) => places.get(one)! - places.get(other)!);
    if (sorted.every((turn, at) => turn === this.turns[at])) return;
    this.turns = sorted;
    this.log.append(...this.turns.map(({ element }) => element));
  }

  private begin(question: string): Turn {
    const turn = new Turn(question, {
      lang: () => this.lang,
      linkHosts: () => [location.host, ...this.host.options.linkHosts],
      feedback: (id, rating, comment) => this.client.feedback(id, rating, comment),
      retry: (failed) => {
        if (this.busy) return;
        this.drop(failed);
        void this.ask(failed.question);
      },
      person: (reason) => this.person(reason),
      ask: (text) => void this.ask(text),
      announce: (text) => this.announce(text),
      grown: () => this.follow(),
    });
    this.turns.push(turn);
    this.hello.hidden = true;
    this.anew.hidden = false;
    this.log.append(turn.element);
    return turn;
  }

  private drop(turn: Turn): void {
    turn.element.remove();
    this.turns = this.turns.filter((other) => other !== turn);
  }

  /** All but the one that is being answered. */
  private forgetTurns(): void {
    const running = this.busy ? this.turns.pop() : undefined;
    this.removeTurns();
    if (running) this.turns.push(running);
  }

  private removeTurns(): void {
    for (const turn of this.turns) turn.element.remove();
    this.turns = [];
  }

  private async ask(question: string): Promise<void> {
    if (this.busy) return;
    if (this.view) this.back();
    const lang = written(question);
    if (this.hello.contains(this.host.root.activeElement)) this.rest(); // it goes, and what was pressed in it
    const turn = this.begin(question);
    this.log.scrollTop = this.log.scrollHeight;
    this.host.emit("message");
    await this.listenTo(turn, async () => {
      const session = await this.client.begin();
      const kept = this.store.kept;
      if (lang && kept && kept.lang !== lang && this.host.options.lang === "auto") {
        this.store.kept = { ...kept, lang };
        this.update();
      }
      return { question, key: crypto.randomUUID?.() ?? random(), session, message: "", last: "", at: Date.now() };
    });
  }

  /** Go on with an answer that a reload cut. */
  private async goOn(pending: Pending): Promise<void> {
    this.store.pending = null;
    if (this.turns.some(({ messageId }) => messageId === pending.message) || pending.session !== this.store.kept?.id) return;
    pending.last = ""; // all of it: the words before the reload are not on the page any more
    await this.listenTo(this.begin(pending.question), async () => pending);
  }

  private async listenTo(turn: Turn, prepare: () => Promise<Pending>): Promise<void> {
    const running = (this.busy = new AbortController());
    this.announced = 0;
    this.grow();
    try {
      const pending = await prepare();
      for await (const heard of this.client.chat(pending, running.signal)) {
        if (running.signal.aborted) return;
        this.tell(heard.name === "cut" ? this.say.reconnecting : "");
        if (heard.name === "sources") turn.sources(heard.data.citations);
        else if (heard.name === "delta") this.hearMore(turn, heard.data.delta);
        else if (heard.name === "anew") turn.anew();
        else if (heard.name === "error") turn.fail(this.say.broken);
        else if (heard.name === "done") {
          turn.done(heard.data);
          this.announceRest(turn);
          this.store.tell({ type: "answered" });
          if (!this.opened) this.host.element.toggleAttribute("data-unread", true);
          this.host.emit("answer", { outcome: heard.data.outcome, message_id: heard.data.message_id });
        }
      }
    } catch (error) {
      if (running.signal.aborted) return;
      this.tell("");
      if (error instanceof Refused && error.status === 429) turn.fail(this.say.limitedText, error.retryAfter);
      else turn.fail(this.trouble(error, turn.said !== ""));
      if (error instanceof Refused && error.kind === "message-too-long" && !this.box.value) {
        this.box.value = turn.question; // to be shortened, not written again
      }
    } finally {
      if (this.busy === running) {
        this.busy = null;
        this.store.pending = null;
        this.grow();
        if (this.behind) this.hear({ type: "answered" });
      }
    }
  }

  private hearMore(turn: Turn, delta: string): void {
    turn.add(delta);
    const whole = sentences(turn.said);
    for (const sentence of whole.slice(this.announced)) this.announce(sentence);
    this.announced = Math.max(this.announced, whole.length);
  }

  private announceRest(turn: Turn): void {
    const whole = sentences(`${turn.said}\n`);
    for (const sentence of whole.slice(this.announced)) this.announce(sentence);
    this.announced = 0;
  }

  private announce(text: string): void {
    this.announcer.append(make("p", "", { lang: written(text) ?? this.lang }, text));
    while (this.announcer.childElementCount > 30) this.announcer.firstElementChild!.remove();
  }

  /** Keep the end in sight, but never push the beginning of the running answer out of it. */
  private follow(): void {
    const last = this.turns.at(-1)?.element;
    if (!last || (!this.busy && this.log.scrollTop + this.log.clientHeight < last.offsetTop)) return;
    const target = Math.min(this.log.scrollHeight - this.log.clientHeight, last.offsetTop - 12);
    if (target > this.log.scrollTop) this.log.scrollTop = target;
  }

  private tell(text: string): void {
    if (this.notice.textContent !== text) this.notice.textContent = text;
  }

  /** What a customer is told of an error; the site's developer finds more in the console. */
  private trouble(error: unknown, begun = false): string {
    const { say } = this;
    this.host.emit("error", { message: error instanceof Error ? error.message : String(error) });
    let told: string;
    if (error instanceof Refused) {
      if (error.status === 429) told = say.limitedText;
      else if (error.kind === "message-too-long") told = say.shorten;
      else told = [401, 403, 404].includes(error.status) && !this.client.site ? say.notHere : say.broken;
      if (told === say.notHere) {
        const where = `${location.origin}, site key ${this.host.options.siteKey}`;
        console.warn(`Madoguchi: the service opened no session for ${where}: ${error.message || error.status}`);
      }
    } else {
      told = !navigator.onLine ? say.offline : begun ? say.cut : say.unreachable;
    }
    if (!this.turns.length) this.tell(told);
    return told;
  }

  /** What another tab has done. */
  private hear(tidings: Tidings): void {
    this.behind = tidings.type === "answered" && this.busy !== null;
    if (tidings.type === "ended") this.clear();
    else if (!this.busy && this.ready) void this.showHistory().then(() => this.update()).catch(() => undefined);
  }

  /** Back on a page that the browser kept as it was: on others the conversation may have gone on, or ended. */
  private returned(): void {
    if (this.turns.length && !this.store.kept) this.clear();
    else this.hear({ type: "answered" });
  }

  private clear(): void {
    this.busy?.abort();
    this.busy = null;
    this.client.leave();
    this.store.open = this.opened || null;
    this.removeTurns();
    this.announcer.replaceChildren();
    this.tell("");
    if (this.view) this.back();
    this.update();
    this.grow();
    if (this.opened) void this.prepare(true);
  }
}

function label(element: HTMLElement, text: string): void {
  element.setAttribute("aria-label", text);
  element.title = text;
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
