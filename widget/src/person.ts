// "Talk to a person": the operator's own contacts, and a form that hands the conversation over.
import { button, make } from "./dom";
import * as icons from "./icons";
import { external, web } from "./rich";
import type { Contact, Lang } from "./types";
import { WORDS } from "./words";

const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/;
const LONGEST = 2000; // characters of a message

export type Hand = (contact: { name?: string; email: string }, message: string) => Promise<void>;

/** The view in place of the conversation. `hand` sends; `back` returns. */
export function personView(lang: Lang, contact: Contact | null, about: string, hand: Hand, back: () => void): HTMLElement {
  const say = WORDS[lang];
  const name = make("input", "", { id: "name", name: "name", autocomplete: "name", maxlength: "200" });
  const email = make("input", "", { id: "email", name: "email", type: "email", autocomplete: "email", maxlength: "254", required: "", inputmode: "email" });
  const message = make("textarea", "", { id: "message", rows: "5", maxlength: String(LONGEST), required: "" });
  message.value = about;
  const send = make("button", "main", { type: "submit" }, say.sendPerson);
  const failed = make("p", "wrong", { role: "alert" });
  const form = make(
    "form",
    "",
    { novalidate: "" },
    field(say.name, say.optional, name),
    field(say.email, say.required, email),
    field(say.message, say.required, message),
    failed,
    send,
  );
  const view = make(
    "div",
    "person",
    {},
    button("quiet", {}, back, icons.back(), make("span", "", {}, say.back)),
    make("h3", "", { tabindex: "-1" }, say.personTitle),
    make("p", "", {}, say.personIntro),
    form,
    direct(contact, lang),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const address = email.value.trim();
    const wrong = [
      tell(email, address ? (EMAIL.test(address) ? "" : say.emailWrong) : say.emailMissing),
      tell(message, message.value.trim() ? "" : say.messageMissing),
    ];
    const first = wrong.find((input) => input !== null);
    if (first) return first.focus();
    failed.textContent = "";
    send.disabled = true;
    send.textContent = say.sending;
    try {
      const called = name.value.trim();
      await hand({ ...(called && { name: called }), email: address }, message.value.trim());
      const title = make("h3", "", { tabindex: "-1" }, say.personDone);
      form.replaceWith(button("main", {}, back, say.back));
      view.querySelector("h3")!.replaceWith(make("div", "tick", {}, icons.done()), title);
      view.querySelector("p")!.textContent = say.personDoneText(address);
      view.classList.add("sent");
      title.focus();
    } catch {
      failed.textContent = say.personFailed;
      send.disabled = false;
      send.textContent = say.sendPerson;
    }
  });
  return view;
}

function field(label: string, need: string, input: HTMLInputElement | HTMLTextAreaElement): HTMLElement {
  return make(
    "div",
    "field",
    {},
    make("label", "", { for: input.id }, label, make("small", "", {}, need)),
    input,
    make("p", "wrong", { id: `${input.id}-wrong` }),
  );
}

/** Say what is wrong with a field; the field itself when something is. */
function tell(input: HTMLInputElement | HTMLTextAreaElement, wrong: string): HTMLElement | null {
  input.nextElementSibling!.textContent = wrong;
  input.setAttribute("aria-invalid", String(Boolean(wrong)));
  if (wrong) input.setAttribute("aria-describedby", `${input.id}-wrong`);
  else input.removeAttribute("aria-describedby");
  return wrong ? input : null;
}

function direct(contact: Contact | null, lang: Lang): HTMLElement | null {
  if (!contact) return null;
  const say = WORDS[lang];
  const rows: [string, Node | string][] = [];
  const { email, phone, url, hours } = contact;
  if (phone) rows.push([say.phone, make("a", "", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone)]);
  if (email && EMAIL.test(email)) rows.push([say.email, make("a", "", { href: `mailto:${encodeURIComponent(email).replace("%40", "@")}` }, email)]);
  const page = web(url ?? "");
  if (page) rows.push(["Web", external(page.href, page.host + page.pathname.replace(/\/$/, ""), make("span", "unseen", {}, say.newTab))]);
  if (hours) rows.push([say.hours, hours]);
  if (!rows.length) return null;
  return make(
    "section",
    "direct",
    {},
    make("h4", "", {}, say.direct),
    make("dl", "", {}, ...rows.flatMap(([what, where]) => [make("dt", "", {}, what), make("dd", "", {}, where)])),
  );
}
