/* The plain page at /: asks /api/chat, shows the words as they stream, and opens each source.
   Everything that comes from outside is written as text nodes; no HTML is ever parsed. */

const WORDS = {
  ja: {
    greeting: "ご質問をどうぞ", invitation: "会社の資料をもとにお答えします。答えには出典が付き、番号を押すと元の文章をご覧いただけます。分からないことは、分からないとお伝えします。",
    label: "ご質問", placeholder: "質問を入力してください", send: "送信", anew: "新しい会話", sources: "出典",
    hint: "Enter で送信、Shift + Enter で改行", accuracy: "大切なことは出典をご確認ください。",
    thinking: "考えています", refused: "資料に見当たりません", handoff: "担当者へ", clarify: "もう少しお聞かせください", failed: "お答えできませんでした",
    again: "もう一度", open: "開く", page: (n) => `${n} ページ`, slide: (n) => `スライド ${n}`, row: (n) => `「${n}」`, updated: (day) => `更新日 ${day}`, source: (n) => `出典 ${n} を表示`,
    key: "アクセスキーが必要です。管理者にお尋ねください。", keyWrong: "このキーは使えません。", enter: "入る",
    problems: {
      "message-too-long": "ご質問が長すぎます。短くして、もう一度お送りください。", "rate-limited": "短い時間に多くのご質問をいただきました。少し待ってから、もう一度お試しください。",
      "session-busy": "前のご質問にお答えしているところです。少し待ってから、もう一度お試しください。", "no-knowledge": "お答えするための資料が、まだありません。管理者にお尋ねください。",
    },
    broken: "問題が起きました。しばらくしてから、もう一度お試しください。", offline: "サーバーに接続できません。", forgetful: "この会話は、いま保存できていません。", conversation: "会話",
  },
  en: {
    greeting: "How can we help?", invitation: "Answers come from the company’s own documents, with their sources: press a number to read the original. When we do not know, we say so.",
    label: "Your question", placeholder: "Type your question", send: "Send", anew: "New conversation", sources: "Sources",
    hint: "Enter sends, Shift + Enter starts a new line", accuracy: "Please check the source of anything important.",
    thinking: "Thinking", refused: "Not in our documents", handoff: "Passing you on", clarify: "One more question", failed: "No answer this time",
    again: "Try again", open: "Open", page: (n) => `Page ${n}`, slide: (n) => `Slide ${n}`, row: (n) => `“${n}”`, updated: (day) => `Updated ${day}`, source: (n) => `Show source ${n}`,
    key: "An access key is needed. Please ask the operator.", keyWrong: "That key is not accepted.", enter: "Enter",
    problems: {
      "message-too-long": "The question is too long. Please shorten it and send it again.", "rate-limited": "That was a lot of questions in a short time. Please wait a little, then try again.",
      "session-busy": "Your question before is still being answered. Please wait a little, then try again.", "no-knowledge": "There are no documents to answer from yet. Please ask the operator.",
    },
    broken: "Something went wrong. Please try again in a moment.", offline: "The server cannot be reached.", forgetful: "This conversation cannot be saved at the moment.", conversation: "Conversation",
  },
};
const SESSION = "madoguchi.session", LANGUAGE = "madoguchi.lang", KEY = "madoguchi.key";
const UNSPOKEN = /[^\S\n]*\[\d+\]|\*\*|^[^\S\n]*(?:[-*+•]|#{1,6})[^\S\n]+/gm; // by a screen reader
const SIGNS = /\[(\d+)\]|\*\*(\S(?:[^\n]*?\S)?)\*\*/g; // a citation, or words in bold
const ITEM = /^\s*(?:・(?=\S)|(?:[-*+•・]|(\d{1,3})[.)])\s+)(.*)$/; // ・ is set close
const SLIDES = /\.(?:pp[ts]|pot)[xm](?=$|[?#])/i; // of presentations
const BARS = /^\s{0,3}\|(.*)\|\s*$/; // a line of a table
const RULE = /^\s*:?-+:?\s*$/; // below the names of its columns
const HALF = /(^|\n)[^\S\n]*\|[^\n]*[^|\n]$/; // a line of a table that is still being written
const HEADING = /^\s{0,3}#{1,6}\s+(.*)$/;

const local = storage("localStorage"), tab = storage("sessionStorage");
const $ = (id) => document.getElementById(id);
const log = $("log"), message = $("message"), send = $("send");
let words = WORDS.en;
let busy = false;

/** The browser's storage; where it is blocked, with the cookies, one that lasts as long as the page. */
function storage(place) {
  const held = new Map();
  const own = { getItem: (name) => held.get(name) ?? null, setItem: (name, value) => held.set(name, value), removeItem: (name) => held.delete(name) };
  try {
    return window[place] ?? own;
  } catch {
    return own;
  }
}

/** An element with a class, attributes and children; strings become text nodes. */
function make(tag, className = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function speak(lang) {
  words = WORDS[lang];
  document.documentElement.lang = lang;
  local.setItem(LANGUAGE, lang);
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
  $("greeting-title").textContent = words.greeting;
  $("greeting-text").textContent = words.invitation;
  $("message-label").textContent = words.label;
  message.placeholder = words.placeholder;
  send.setAttribute("aria-label", words.send);
  $("anew").textContent = words.anew;
  $("hint").replaceChildren(make("span", "keys", {}, `${words.hint} · `), words.accuracy);
  $("key-label").textContent = words.key;
  $("key-send").textContent = words.enter;
  log.setAttribute("aria-label", words.conversation);
}

/** A call to the service, with the key when there is one; asks for a key when the service wants one. */
async function call(path, options = {}) {
  const key = tab.getItem(KEY);
  const headers = { ...(options.body && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    $("key-label").textContent = key ? `${words.keyWrong} ${words.key}` : words.key;
    $("key-form").hidden = false;
    $("key").focus();
  }
  return response;
}

/** A problem document in the customer's words; its own, which are an engineer's, go to the console. */
function told({ type = "", title, detail, status }) {
  console.warn(`Madoguchi: ${[title, detail].filter(Boolean).join(" ") || `HTTP ${status}`}`);
  if (status === 401) return words.key;
  return words.problems[type.replace(/^.*:/, "")] ?? words.broken;
}

/** The events of a stream as {name, data} objects. */
async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
        const event = { name: "message", data: "" };
        for (const line of buffer.slice(0, end).split("\n")) {
          if (line.startsWith("event: ")) event.name = line.slice(7);
          if (line.startsWith("data: ")) event.data += line.slice(6);
        }
        if (event.data) yield { name: event.name, data: JSON.parse(event.data) };
      }
    }
  } finally {
    reader.cancel();
  }
}

/** The cells of a line that begins and ends with a bar; undefined for any other line. */
function barred(line) {
  return BARS.exec(line)?.[1].replace(/\\(\|)|\|/g, (_, escaped) => escaped ?? "\0").split("\0").map((cell) => cell.trim());
}

/** A question and its answer on the page. */
class Turn {
  constructor(question) {
    this.question = question;
    this.words = make("div", "words");
    this.state = make("p", "state");
    this.dots = make("div", "dots", { role: "img", "aria-label": words.thinking }, make("i"), make("i"), make("i"));
    this.answer = make("div", "answer writing", { "aria-busy": "true" }, this.state, this.dots, this.words);
    this.element = make("article", "turn", {}, make("p", "asked", {}, question), this.answer);
    this.said = "";
    this.citations = new Map();
    document.body.classList.add("talking");
    $("anew").hidden = false;
    log.append(this.element);
    log.scrollTop = log.scrollHeight;
  }

  sources(citations) {
    this.citations = new Map(citations.map((citation) => [citation.n, citation]));
  }

  add(delta) {
    const following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    this.dots.remove();
    this.said += delta;
    this.write();
    if (following) log.scrollTop = log.scrollHeight;
  }

  /** The text: paragraphs, lists, tables and headings, with a button where it cites. */
  write() {
    const blocks = [];
    let open = null; // the paragraph, list or table that the next line may go on with
    const said = this.answer.classList.contains("writing") ? this.said.replace(HALF, "$1") : this.said;
    for (const line of said.split("\n")) {
      const [, number, item] = ITEM.exec(line) ?? [];
      const heading = HEADING.exec(line)?.[1];
      const cells = barred(line);
      if (cells) {
        if (open?.tagName !== "TABLE") blocks.push(make("div", "sheet", { tabindex: "0" }, (open = make("table"))));
        this.row(open, cells);
      } else if (item !== undefined) {
        const kind = number ? "OL" : "UL";
        if (open?.tagName !== kind) blocks.push((open = make(kind, "", number ? { start: number } : {})));
        open.append(make("li", "", {}, ...this.line(item)));
      } else if (!line.trim()) {
        if (open?.tagName === "P" || open?.tagName === "TABLE") open = null; // between the items of a list it says nothing
      } else if (heading !== undefined) {
        blocks.push(make("p", "", {}, make("strong", "", {}, ...this.line(heading))));
        open = null;
      } else if (open?.tagName === "P") {
        open.append("\n", ...this.line(line));
      } else {
        blocks.push((open = make("p", "", {}, ...this.line(line))));
      }
    }
    this.words.replaceChildren(...blocks);
  }

  /** One line more of a table; a rule makes the line above it the names of the columns. */
  row(table, cells) {
    if (!cells.every((cell) => RULE.test(cell))) {
      table.append(make("tr", "", {}, ...cells.map((cell) => make("td", "", {}, ...this.line(cell)))));
    } else if (table.childElementCount === 1) {
      const names = [...table.querySelectorAll("td")].map((cell) => make("th", "", { scope: "col" }, ...cell.childNodes));
      table.replaceChildren(make("tr", "", {}, ...names));
    }
  }

  /** One line's words. */
  line(text) {
    const parts = [];
    let end = 0;
    for (const found of text.matchAll(SIGNS)) {
      const citation = this.citations.get(Number(found[1]));
      if (!citation && !found[2]) continue;
      parts.push(text.slice(end, found.index), citation ? this.opener("cite", citation, String(citation.n)) : make("strong", "", {}, found[2]));
      end = found.index + found[0].length;
    }
    return [...parts, text.slice(end)];
  }

  done(answer) {
    const following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    this.dots.remove();
    this.said = answer.answer;
    this.sources(answer.citations);
    this.answer.lang = answer.lang;
    this.finish(answer.outcome, words[answer.outcome] ?? "");
    this.write();
    if (answer.citations.length) {
      const openers = answer.citations.map((citation) => this.opener("source", citation, make("b", "", {}, String(citation.n)), make("span", "", {}, citation.title)));
      this.answer.append(make("div", "sources", {}, make("span", "", {}, words.sources), ...openers));
    }
    if (answer.degraded.length) this.answer.append(make("p", "note", {}, words.forgetful));
    if (following) log.scrollTop = log.scrollHeight;
  }

  fail(reason) {
    this.dots.remove();
    this.finish("failed", words.failed);
    const again = make("button", "again", { type: "button" }, words.again);
    again.addEventListener("click", () => {
      if (busy) return;
      this.element.remove();
      ask(this.question);
    });
    this.answer.append(make("p", "note", {}, reason), again);
    log.scrollTop = log.scrollHeight;
  }

  finish(outcome, state) {
    this.answer.classList.remove("writing");
    this.answer.classList.add(outcome);
    this.answer.removeAttribute("aria-busy");
    this.state.textContent = state;
  }

  /** A button that opens and closes a passage below the answer. */
  opener(className, citation, ...children) {
    const button = make("button", className, { type: "button", "aria-expanded": "false", "data-n": citation.n, title: citation.title }, ...children);
    if (className === "cite") button.setAttribute("aria-label", words.source(citation.n));
    button.addEventListener("click", () => this.toggle(citation));
    return button;
  }

  toggle(citation) {
    const open = this.answer.querySelector(".passage");
    open?.remove();
    const shut = open?.dataset.n === String(citation.n);
    for (const button of this.answer.querySelectorAll("[aria-expanded]")) button.setAttribute("aria-expanded", String(!shut && button.dataset.n === String(citation.n)));
    if (shut) return;
    const place = make("footer", "", {}, make("span", "", {}, citation.source));
    const called = [citation.source, citation.anchor].some((name) => SLIDES.test(name ?? "")) ? words.slide : words.page;
    if (citation.page !== null) place.append(make("span", "", {}, called(citation.page)));
    if (citation.updated) place.append(make("span", "", {}, words.updated(citation.updated)));
    if (citation.anchor !== null) place.append(make("span", "", {}, words.row(citation.anchor)));
    if (/^https?:\/\//i.test(citation.url ?? "")) place.append(make("a", "", { href: citation.url, target: "_blank", rel: "noopener noreferrer nofollow" }, words.open));
    const passage = make("div", "passage", { "data-n": citation.n }, make("strong", "", {}, citation.title), make("blockquote", "", {}, citation.quote), place);
    this.answer.append(passage);
    passage.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}

async function ask(question) {
  setBusy(true);
  const turn = new Turn(question);
  let ended = false;
  try {
    const body = JSON.stringify({ message: question, session_id: local.getItem(SESSION) ?? undefined, stream: true });
    const response = await call("/api/chat", { method: "POST", body });
    if (!response.ok) {
      turn.fail(told(await response.json().catch(() => ({ status: response.status })))); // a proxy may have answered
      if (response.status === 422 && !message.value) message.value = question; // to be shortened, not written again
      return;
    }
    for await (const { name, data } of events(response.body)) {
      if (name === "sources") {
        local.setItem(SESSION, data.session_id);
        turn.sources(data.citations);
      } else if (name === "delta") {
        turn.add(data.delta);
      } else if (name === "done") {
        turn.done(data);
        const aloud = turn.said.split("\n").map((line) => barred(line)?.filter((cell) => !RULE.test(cell)).join(", ") ?? line);
        $("announcement").textContent = aloud.join("\n").replace(UNSPOKEN, "");
        ended = true;
      } else if (name === "error") {
        turn.fail(told(data));
        ended = true;
      }
    }
    if (!ended) turn.fail(words.offline);
  } catch {
    if (!ended) turn.fail(words.offline);
  } finally {
    setBusy(false);
  }
}

function setBusy(now) {
  busy = now;
  grow();
}

/** Show the conversation that this browser had, after a reload. */
async function resume() {
  const session = local.getItem(SESSION);
  if (!session) return;
  let response;
  try {
    response = await call(`/api/sessions/${encodeURIComponent(session)}`);
  } catch {
    return; // asking will tell that the server cannot be reached
  }
  if (response.status === 404) local.removeItem(SESSION);
  if (!response.ok) return;
  for (const past of (await response.json()).turns) new Turn(past.message).done(past);
  log.scrollTop = log.scrollHeight;
}

function submit() {
  const question = message.value.trim();
  if (!question || busy) return;
  message.value = "";
  grow();
  ask(question);
}

function grow() {
  message.style.height = "auto";
  message.style.height = `${message.scrollHeight}px`;
  send.disabled = busy || !message.value.trim();
}

message.addEventListener("input", grow);
message.addEventListener("keydown", (event) => {
  // While a Japanese word is being composed, Enter chooses it; 229 is how Safari says so.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  message.focus();
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  tab.setItem(KEY, $("key").value.trim());
  $("key").value = "";
  $("key-form").hidden = true;
  for (const failed of log.querySelectorAll(".failed")) failed.closest(".turn").remove();
  resume();
  message.focus();
});
$("anew").addEventListener("click", () => {
  if (busy) return;
  local.removeItem(SESSION);
  for (const turn of log.querySelectorAll(".turn")) turn.remove();
  document.body.classList.remove("talking");
  $("anew").hidden = true;
  message.focus();
});
$("languages").addEventListener("click", (event) => {
  const button = event.target.closest("[data-lang]");
  if (button) speak(button.dataset.lang);
});

const preferred = local.getItem(LANGUAGE) ?? navigator.language.slice(0, 2);
speak(preferred === "ja" ? "ja" : "en");
grow();
resume();
if (matchMedia("(pointer: fine)").matches) message.focus();
