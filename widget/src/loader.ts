// widget.js: the one script tag. Draws the launcher, keeps early calls, and fetches the panel when it is needed.
import sheetText from "./launcher.css";
import { dress, icon, make } from "./dom";
import { Store } from "./store";
import type { App, Host, Identity, Lang, Options } from "./types";

type Handler = (detail: unknown) => void;
interface Api {
  (command: string, ...given: unknown[]): unknown;
  q?: IArguments[] | unknown[][];
  version?: string;
}
declare global {
  interface Window {
    Madoguchi?: Api;
  }
}

const NAME = "madoguchi-counter";
const SAY: Record<Lang, [open: string, close: string, failed: string, landmark: string]> = {
  ja: ["チャットで質問する", "チャットを閉じる", "読み込めませんでした。もう一度押してください。", "お問い合わせ"],
  en: ["Ask us in chat", "Close the chat", "That did not load. Please press again.", "Help"],
};
const LOOKS = ["lang", "theme", "position", "color", "title", "greeting", "launcher", "linkHosts"] as const; // what `update` may change

const script =
  (document.currentScript as HTMLScriptElement | null) ?? document.querySelector<HTMLScriptElement>("script[data-site-key][src*='widget.js']");
const handlers = new Map<string, Set<Handler>>();
let counter: Counter | null = null;

/** One widget on the page, from boot to shutdown. */
class Counter {
  readonly host: Host;
  private app: Promise<App> | null = null;
  private running: App | null = null;
  private tries = 0;
  private shown = true;
  private readonly trouble = make("p", "trouble", { role: "alert" }); // what a press led to, when not to the panel
  private readonly ending = new AbortController();
  private readonly watcher = new MutationObserver((changes) => {
    this.attach();
    if (changes.some(({ type, target }) => type === "attributes" || target === document)) this.update();
  });

  constructor(options: Options, identity: Identity) {
    const element = document.createElement(NAME);
    element.setAttribute("role", "complementary"); // a landmark of its own, so that it is found, and skipped
    const root = element.attachShadow({ mode: "open" });
    dress(root, sheetText);
    const launcher = make("button", "launcher", { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" });
    const talk = icon("M12 4c-4.9 0-8.5 3-8.5 7.2 0 2.4 1.2 4.4 3.2 5.700L6 20.500l4-2.300c.6.1 1.3.2 2 .2 4.9 0 8.5-3 8.5-7.200S16.9 4 12 4z", "M8.5 10h7M8.5 13h4.5");
    const shut = icon("M6 9.500l6 6 6-6");
    talk.classList.add("talk");
    shut.classList.add("shut");
    launcher.append(talk, shut);
    root.append(launcher, this.trouble);
    this.host = { element, root, launcher, options, identity, emit };
    const { signal } = this.ending;
    launcher.addEventListener("click", () => this.toggle(), { signal });
    for (const hint of ["pointerenter", "focus"]) launcher.addEventListener(hint, () => void this.load().catch(() => undefined), { signal, once: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.look(), { signal });
    for (const change of ["load", "resize", "scroll"]) addEventListener(change, () => this.stay(), { signal, passive: true });
    this.look();
    this.attach();
    if (new Store(options.siteKey).open ?? options.open) void this.open(true).catch(() => undefined);
  }

  /** A page that swaps its body, or all of itself, as single-page sites do, takes the counter along. */
  private attach(): void {
    const { body } = document;
    for (const place of [document, document.documentElement, body]) {
      if (place) this.watcher.observe(place, { childList: true, attributeFilter: ["lang", "dir"] });
    }
    const { element } = this.host;
    if (!body || element.parentNode === body) return;
    body.append(element);
    // In the top layer, where neither a z-index nor a transform or opacity of the page's body reaches it.
    element.popover = "manual";
    element.showPopover?.();
  }

  private get lang(): Lang {
    const { lang, siteKey } = this.host.options;
    if (lang !== "auto") return lang;
    const tag = document.documentElement.lang || navigator.language;
    return new Store(siteKey).kept?.lang ?? (/^ja\b/i.test(tag) ? "ja" : "en");
  }

  private look(): void {
    const { element, launcher, options } = this.host;
    const rtl = getComputedStyle(document.documentElement).direction === "rtl";
    const dark = options.theme === "dark" || (options.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    element.lang = this.lang;
    element.dir = rtl ? "rtl" : "ltr";
    element.dataset["theme"] = dark ? "dark" : "light";
    element.dataset["side"] = options.position === "auto" ? (rtl ? "left" : "right") : options.position;
    element.toggleAttribute("data-hidden", !this.shown);
    this.stay();
    launcher.hidden = !options.launcher;
    element.setAttribute("aria-label", SAY[this.lang][3]);
    launcher.setAttribute("aria-label", SAY[this.lang][element.hasAttribute("data-open") ? 1 : 0]);
    if (options.color && /^#[0-9a-f]{6}$/i.test(options.color) && !element.style.getPropertyValue("--brand")) {
      // Until the panel has come, which checks every kind of colour: light ink or dark, by perceived brightness.
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(options.color!.slice(at, at + 2), 16)) as [number, number, number];
      element.style.setProperty("--brand", options.color);
      element.style.setProperty("--on-brand", r * 0.299 + g * 0.587 + b * 0.114 > 140 ? "#111318" : "#fff");
    }
  }

  /** What is fixed to the corner of a page wider than its phone would be out of sight. */
  private stay(): void {
    const view = visualViewport;
    if (!view || view.scale > 1.01 || !matchMedia("(pointer: coarse)").matches) return;
    const { style } = this.host.element;
    const beyond = innerWidth - view.width;
    style.setProperty("--beyond", `${beyond}px`);
    style.setProperty("--below", `${beyond && innerHeight - view.height}px`);
  }

  private load(): Promise<App> {
    const { launcher, options } = this.host;
    this.app ??= (async () => {
      launcher.setAttribute("aria-busy", "true");
      try {
        const address = `${options.api}/widget-app.js?v=${BUILD}${this.tries ? `&try=${this.tries}` : ""}`;
        const { start } = (await import(address)) as { start(host: Host): App };
        return (this.running = start(this.host));
      } catch (error) {
        this.app = null;
        this.tries += 1;
        emit("error", { message: String(error) });
        throw error;
      } finally {
        launcher.removeAttribute("aria-busy");
      }
    })();
    return this.app;
  }

  private async toggle(): Promise<void> {
    if (this.host.element.hasAttribute("data-open")) this.close();
    else this.trouble.textContent = await this.open().then(() => "", () => SAY[this.lang][2]);
  }

  /** `unasked` when nobody has just pressed anything: then the focus stays where the page has it. */
  async open(unasked?: boolean): Promise<void> {
    const app = await this.load();
    if (this.ending.signal.aborted) return;
    this.shown = true;
    app.open(unasked);
    this.look();
  }

  close(): void {
    this.running?.close();
    this.look();
  }

  show(shown: boolean): void {
    this.shown = shown;
    if (!shown) this.running?.close();
    this.look();
  }

  update(): void {
    this.look();
    this.running?.update();
  }

  identify(identity: Identity): void {
    this.host.identity = identity;
    this.running?.identify();
  }

  async reset(): Promise<void> {
    (await this.load()).reset();
  }

  shutdown(): void {
    this.ending.abort();
    this.watcher.disconnect();
    this.running?.shutdown();
    new Store(this.host.options.siteKey).forget();
    this.host.element.remove();
  }
}

function emit(event: string, detail?: unknown): void {
  if (event === "open" || event === "close") queueMicrotask(() => counter?.update());
  for (const handler of [...(handlers.get(event) ?? [])]) {
    try {
      handler(detail);
    } catch (error) {
      setTimeout(() => {
        throw error; // the page's own mistake: it belongs in the page's console, and stops nothing here
      });
    }
  }
}

/** Options from the script tag's attributes, with those of a call above them. */
function options(given: Record<string, unknown>): Options | null {
  const data = script?.dataset ?? {};
  const want = (name: string): unknown => {
    const value = given[name] ?? data[name];
    return value === "" ? undefined : value; // as a shop's template leaves what was not filled in
  };
  const one = <T extends string>(name: string, allowed: readonly T[], otherwise: T): T => {
    const value = want(name);
    if (value === undefined || allowed.includes(value as T)) return (value as T | undefined) ?? otherwise;
    console.warn(`Madoguchi: ${name} is "${String(value)}"; it can be ${allowed.join(", ")}.`);
    return otherwise;
  };
  const siteKey = want("siteKey");
  if (typeof siteKey !== "string" || !siteKey) {
    console.error("Madoguchi: there is no site key. Example: <script async src=… data-site-key=\"pk_…\">");
    return null;
  }
  const text = (name: string): string | null => (want(name) === undefined ? null : String(want(name)));
  const hosts = want("linkHosts");
  return {
    siteKey,
    api: (text("api") ?? new URL(script?.src || location.href).origin).replace(/\/+$/, ""),
    lang: one("lang", ["auto", "ja", "en"], "auto"),
    theme: one("theme", ["auto", "light", "dark"], "auto"),
    position: one("position", ["auto", "right", "left"], "auto"),
    color: text("color"),
    title: text("title"),
    greeting: text("greeting"),
    launcher: String(want("launcher") ?? "true") !== "false",
    open: String(want("open") ?? "false") === "true",
    linkHosts: (Array.isArray(hosts) ? hosts.map(String) : String(hosts ?? "").split(/[\s,]+/)).filter(Boolean),
  };
}

const COMMANDS: Record<string, (...given: never[]) => unknown> = {
  boot(given: Record<string, unknown> = {}): void {
    const chosen = options(given);
    if (!chosen) return;
    const identity = (given["identity"] as Identity | undefined) || null;
    if (counter && counter.host.options.siteKey === chosen.siteKey && counter.host.options.api === chosen.api) {
      Object.assign(counter.host.options, chosen);
      counter.update();
      counter.show(true);
      if (identity) counter.identify(identity);
      return;
    }
    counter?.shutdown();
    counter = new Counter(chosen, identity);
  },
  update(given: Record<string, unknown> = {}): void {
    const chosen = counter && options({ ...counter.host.options, ...given });
    if (!counter || !chosen) return;
    for (const look of LOOKS) (counter.host.options as unknown as Record<string, unknown>)[look] = chosen[look];
    counter.host.element.style.removeProperty("--brand");
    counter.host.element.style.removeProperty("--on-brand");
    counter.update();
  },
  shutdown(): void {
    counter?.shutdown();
    counter = null;
  },
  open: () => counter?.open(),
  close: () => counter?.close(),
  show: () => counter?.show(true),
  hide: () => counter?.show(false),
  identify: (identity: Identity) => counter?.identify(identity || null),
  setLocale: (lang: string) => COMMANDS["update"]!({ lang } as never),
  reset: () => counter?.reset(),
  /** Returns a function that ends it. */
  on(event: string, handler: Handler): () => void {
    const those = handlers.get(event) ?? new Set();
    handlers.set(event, those.add(handler));
    return () => void those.delete(handler);
  },
};

function run(command: string, ...given: unknown[]): unknown {
  const act = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (act) return act(...(given as never[]));
  console.error(`Madoguchi: there is no command "${command}". There are ${Object.keys(COMMANDS).join(", ")}.`);
  return undefined;
}

if (!window.Madoguchi?.version) {
  const calls = [...(window.Madoguchi?.q ?? [])].map((call) => [...call]);
  let begun = false;
  const api: Api = (...call) => (begun ? run(...call) : void calls.push(call));
  const begin = (): void => {
    begun = true;
    if (script?.dataset["siteKey"]) run("boot");
    for (const call of calls) run(...(call as [string, ...unknown[]]));
  };
  api.version = BUILD;
  window.Madoguchi = api;
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}
