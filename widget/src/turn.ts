// A question and its answer on the page: words as they come, sources that open, thumbs, copy.
import { button, make } from "./dom";
import * as icons from "./icons";
import { allowed, external, plain, rich, soFar, web } from "./rich";
import { withRows } from "./rows";
import type { Answer, Citation, Lang } from "./types";
import { WORDS, speaks, type Words, written } from "./words";

/** What a turn needs of its panel. */
export interface Around {
  lang(): Lang;
  linkHosts(): readonly string[];
  feedback(messageId: string, rating: "up" | "down", comment?: string): Promise<void>;
  retry(turn: Turn): void;
  person(reason: string): void;
  ask(question: string): void;
  announce(text: string): void;
  grown(): void; // it has become longer
}

const SLOW_MS = 8000;
const SLIDES = /\.(?:pp[ts]|pot)[xm](?=$|[?#])/i; // of presentations
const COUNT_FROM_S = 10; // a refusal for too many questions that does not say how long

export class Turn {
  readonly element: HTMLElement;
  messageId = "";
  said = "";
  private citations = new Map<number, Citation>();
  private readonly state = make("p", "state");
  private readonly words = make("div", "words", { dir: "auto" });
  private readonly waiting: HTMLElement;
  private readonly answer: HTMLElement;
  private readonly speaker: HTMLElement;
  private frame = 0;
  private timer = 0;

  constructor(readonly question: string, private readonly around: Around) {
    const lang = written(question) ?? around.lang();
    this.waiting = make("div", "dots", {}, make("i"), make("i"), make("i"), make("span", "unseen", {}, this.say.thinking));
    this.speaker = make("span", "unseen", {}, `${this.say.answered}: `);
    this.answer = make("div", "answer writing", {}, this.speaker, this.state, this.waiting, this.words);
    this.element = make(
      "article",
      "turn",
      {},
      make("div", "asked", { lang, dir: "auto" }, make("span", "unseen", {}, `${this.say.asked}: `), question),
      this.answer,
    );
    this.timer = window.setTimeout(() => {
      this.waiting.append(make("span", "slow", {}, this.say.slow));
      around.announce(this.say.slow);
    }, SLOW_MS);
  }

  private get say(): Words {
    return WORDS[this.around.lang()];
  }

  sources(citations: Citation[]): void {
    this.citations = new Map(citations.map((citation) => [citation.n, citation]));
  }

  add(delta: string): void {
    this.said += delta;
    this.frame ||= requestAnimationFrame(() => this.write(true));
  }

  /** The answer begins again. */
  anew(): void {
    this.said = "";
    this.write(true);
  }

  private write(writing: boolean): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const text = writing ? soFar(this.said) : this.said;
    this.words.replaceChildren(
      rich(text, {
        cite: (n) => this.chip(n),
        link: (address) => allowed(address, [...this.citations.values()].map(({ url }) => url), this.around.linkHosts()),
      }),
    );
    if (text.trim()) this.settled();
    this.around.grown();
  }

  private settled(): void {
    clearTimeout(this.timer);
    this.waiting.parentNode?.removeChild(this.waiting); // Prototype.js makes `remove` fail the second time
  }

  done(answer: Answer): void {
    this.settled();
    this.messageId = answer.message_id;
    this.said = answer.answer;
    this.sources(answer.citations);
    const lang = speaks(answer.lang);
    this.answer.lang = answer.lang;
    const say = WORDS[lang];
    this.speaker.textContent = `${say.answered}: `;
    this.finish(answer.outcome);
    this.state.textContent = answer.outcome === "answered" ? "" : say[answer.outcome];
    this.write(false);
    if (answer.outcome === "clarify" || answer.outcome === "refused") this.offer();
    if (answer.citations.length) this.answer.append(this.sourceList(answer.citations, say));
    if (answer.outcome === "refused" || answer.outcome === "handoff") {
      const reason = answer.reason ?? (answer.outcome === "handoff" ? "customer_request" : "missing_knowledge");
      if (answer.outcome === "handoff") this.answer.append(make("p", "note", {}, say.toPerson));
      this.answer.append(
        button("wide", {}, () => this.around.person(reason), icons.person(), make("span", "", {}, say.person)),
      );
    }
    if (answer.degraded?.length) this.answer.append(make("p", "note", {}, say.forgetful));
    this.answer.append(this.tools(say));
    this.around.grown();
  }

  /** What a question back or a refusal lists can be pressed instead of typed. */
  private offer(): void {
    for (const item of this.words.querySelectorAll("ol > li")) {
      const text = item.textContent ?? "";
      item.replaceChildren(button("suggestion", {}, () => this.around.ask(text), make("span", "", { dir: "auto" }, text)));
    }
  }

  /** A person was told: nothing here asks for one any more. */
  told(): void {
    this.answer.querySelector(".wide")?.remove();
  }

  /** The last turn says so. */
  passed(): void {
    this.element.append(make("p", "passed", {}, icons.done(), this.say.personDone));
  }

  /** No answer came, and why; with `seconds` the customer has to wait until it can be tried again. */
  fail(why: string, seconds?: number | null): void {
    this.settled();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const limited = seconds !== undefined;
    this.finish(limited ? "limited" : "failed");
    this.state.textContent = limited ? this.say.limited : this.say.failed;
    this.answer.lang = this.around.lang();
    const again = button("again", {}, () => this.around.retry(this), icons.anew(), make("span", "", {}, this.say.again));
    const note = make("p", "note", {}, why);
    this.answer.append(note, again);
    if (limited) this.countDown(seconds ?? COUNT_FROM_S, note, again);
    this.around.announce(`${this.state.textContent} ${why}`);
    this.around.grown();
  }

  private countDown(seconds: number, note: HTMLElement, again: HTMLButtonElement): void {
    const until = Date.now() + seconds * 1000;
    const why = note.textContent;
    const clock = make("p", "clock", { "aria-hidden": "true" });
    note.after(clock);
    again.disabled = true;
    this.around.announce(this.say.wait(Math.ceil(seconds)));
    const tick = (): void => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (!again.isConnected) return clearInterval(timer);
      clock.textContent = left > 0 ? this.say.wait(left) : "";
      if (left > 0) return;
      clearInterval(timer);
      clock.remove();
      note.textContent = `${why} ${this.say.ready}`;
      again.disabled = false;
      this.around.announce(this.say.ready);
    };
    const timer = setInterval(tick, 250);
    tick();
  }

  private finish(outcome: string): void {
    this.answer.classList.remove("writing");
    this.answer.classList.add(outcome);
  }

  /** [n] within the text. */
  private chip(n: number): Node | null {
    const citation = this.citations.get(n);
    if (!citation) return null;
    const open = this.answer.querySelector<HTMLElement>(".passage")?.dataset["n"] === String(n);
    const attributes = { "aria-label": this.say.source(n), "aria-expanded": String(open), "data-n": String(n) };
    const chip = button("cite", attributes, () => this.toggle(citation, chip), String(n));
    chip.title = citation.title;
    return chip;
  }

  private sourceList(citations: Citation[], say: Words): HTMLElement {
    const items = citations.map((citation, at) => {
      // Many rows of one table would be as many lines that say the same.
      const before = citations[at - 1];
      const told = before?.title === citation.title && before.source === citation.source;
      const chip = button(
        "source",
        { "aria-expanded": "false", "data-n": String(citation.n), dir: "auto" },
        () => this.toggle(citation, chip),
        make("b", "", {}, String(citation.n)),
        make("span", told ? "unseen" : "", {}, citation.title || citation.source),
      );
      if (told) chip.title = citation.title;
      return make("li", "", {}, chip);
    });
    return make("div", "sources", {}, make("span", "", { "aria-hidden": "true" }, say.sources), make("ul", "", { "aria-label": say.sources }, ...items));
  }

  private toggle(citation: Citation, from: HTMLElement): void {
    const open = this.answer.querySelector<HTMLElement>(".passage");
    open?.remove();
    const shut = open?.dataset["n"] === String(citation.n);
    for (const chip of this.answer.querySelectorAll<HTMLElement>("[aria-expanded]")) {
      chip.setAttribute("aria-expanded", String(!shut && chip.dataset["n"] === String(citation.n)));
    }
    if (shut) return;
    const lang = speaks(this.answer.lang || this.around.lang());
    const say = WORDS[lang];
    const place = make("p", "place", {}, make("span", "", {}, citation.source));
    if (citation.page !== null) {
      const called = SLIDES.test(citation.source) || SLIDES.test(citation.anchor ?? "") ? say.slide : say.page;
      place.append(make("span", "", {}, called(citation.page)));
    }
    const day = new Date(citation.updated ?? "");
    if (!isNaN(day.getTime())) {
      const region = speaks(navigator.language) === lang ? navigator.language : lang; // 1 May or May 1
      const shown = new Intl.DateTimeFormat(region, { dateStyle: "long", timeZone: "UTC" }).format(day);
      place.append(make("span", "", {}, `${say.updated} ${shown}`));
    }
    const url = web(citation.url ?? "");
    const passage = make(
      "div",
      "passage",
      { role: "region", "aria-label": say.passage(citation.n), "data-n": String(citation.n), tabindex: "-1" },
      make("strong", "", { dir: "auto" }, citation.title),
      make("blockquote", "", { dir: "auto", lang: written(citation.quote) ?? "en", tabindex: "0" }, withRows(citation.quote)),
      place,
      url && external(url.href, say.link, make("span", "unseen", {}, say.newTab), icons.out()),
    );
    passage.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggle(citation, from);
      from.focus();
    });
    (this.answer.querySelector(".sources") ?? this.words).after(passage);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    passage.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    passage.focus({ preventScroll: true });
  }

  private tools(say: Words): HTMLElement {
    const told = make("span", "told", { role: "status" });
    const tools = make("div", "tools");
    const copy = button("tool", { "aria-label": say.copy, title: say.copy }, async () => {
      const copied = await toClipboard(plain(this.said), tools);
      told.textContent = copied ? say.copied : say.notCopied;
      copy.replaceChildren(copied ? icons.done() : icons.copy());
      setTimeout(() => {
        copy.replaceChildren(icons.copy());
        if (told.textContent === say.copied) told.textContent = "";
      }, 2500);
    }, icons.copy());
    const thumbs = (["up", "down"] as const).map((rating) => {
      const thumb = button(
        "tool",
        { "aria-label": say[rating], title: say[rating], "aria-pressed": "false" },
        async () => {
          for (const other of thumbs) other.setAttribute("aria-pressed", String(other === thumb));
          told.textContent = "";
          tools.parentElement?.querySelector("form")?.remove();
          try {
            await this.around.feedback(this.messageId, rating);
          } catch {
            thumb.setAttribute("aria-pressed", "false");
            told.textContent = say.feedbackFailed;
            return;
          }
          told.textContent = say.thanks;
          tools.after(this.commentForm(rating, say, told));
          this.around.grown();
        },
        rating === "up" ? icons.thumbUp() : icons.thumbDown(),
      );
      return thumb;
    });
    tools.append(copy, ...(this.messageId ? thumbs : []), told);
    return tools;
  }

  private commentForm(rating: "up" | "down", say: Words, told: HTMLElement): HTMLFormElement {
    const box = make("textarea", "", { rows: "2", maxlength: "1000", "aria-label": say.comment, placeholder: say.comment });
    const send = make("button", "", { type: "submit" }, say.sendComment);
    const form = make("form", "comment", {}, box, send);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const comment = box.value.trim();
      if (!comment) return box.focus();
      send.disabled = true;
      try {
        await this.around.feedback(this.messageId, rating, comment);
        form.remove();
        told.textContent = say.thanks;
      } catch {
        send.disabled = false;
        told.textContent = say.feedbackFailed;
      }
    });
    return form;
  }
}

async function toClipboard(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without TLS have no clipboard of their own.
    const box = make("textarea", "unseen", { "aria-hidden": "true", tabindex: "-1" });
    box.value = text;
    const focused = (beside.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    beside.after(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    focused?.focus();
    return copied;
  }
}
