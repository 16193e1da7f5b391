// What goes between the widget and the service, and between the loader and the app.

export type Lang = "ja" | "en";

export interface Options {
  siteKey: string;
  api: string; // the service's origin, without a slash at the end
  lang: Lang | "auto";
  theme: "light" | "dark" | "auto";
  position: "auto" | "right" | "left";
  color: string | null;
  title: string | null;
  greeting: string | null;
  launcher: boolean;
  open: boolean;
  linkHosts: string[];
}

export interface Citation {
  n: number;
  title: string;
  source: string;
  page: number | null;
  anchor: string | null;
  url: string | null;
  quote: string;
  updated?: string | null; // an ISO day
}

export interface Answer {
  session_id: string;
  message_id: string;
  answer: string;
  citations: Citation[];
  outcome: "answered" | "refused" | "clarify" | "handoff";
  reason: string | null;
  lang: string;
  degraded?: string[];
}

export interface PastTurn extends Answer {
  message: string;
}

export interface Site {
  name: string;
  greeting: Partial<Record<Lang, string>> | null;
  suggestions: Partial<Record<Lang, string[]>> | null;
  contact: Contact | null;
}

export interface Contact {
  email?: string | null;
  phone?: string | null;
  url?: string | null;
  hours?: string | null;
}

export interface Opened {
  session_token: string;
  expires_in: number;
  session_id: string;
  site: Site;
}

/** A token that the site's server has signed, or what fetches a fresh one: each lives for minutes only. */
export type Identity = string | (() => string | Promise<string>) | null;

/** What the loader hands to the app. */
export interface Host {
  element: HTMLElement;
  root: ShadowRoot;
  launcher: HTMLButtonElement;
  options: Options;
  identity: Identity;
  emit(event: string, detail?: unknown): void;
}

/** What the app hands back. */
export interface App {
  open(unasked?: boolean): void;
  close(): void;
  update(): void;
  identify(): void;
  reset(): void;
  shutdown(): void;
}
