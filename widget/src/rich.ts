// An answer's text as elements: paragraphs, lists, tables, bold, code, citations, and links where they are allowed.
//
// Not a Markdown parser: what is not listed above stays text, images become their description, HTML stays what it is,
// characters. Nothing here can fetch, run or style anything, so a hostile answer can only be a hostile sentence.
import { make } from "./dom";
import { cells, row } from "./rows";
import { addLine, aloud, barred } from "./table";

export interface Reader {
  cite(n: number): Node | null; // what stands for [n]; null when no such source was cited
  link(address: string): string | null; // the address to go to; null when it is not allowed
}

const INLINE = new RegExp(
  [
    "\\\\([!-/:-@[-`{-~])", // 1: an escaped sign
    "(`+)([^`\\n]{1,2000}?)\\2(?!`)", // 2, 3: code
    "!\\[([^\\[\\]\\n]{0,300})\\](?:\\([^()\\n]{0,4000}\\)|\\[[^\\[\\]\\n]{0,300}\\])?", // 4: an image's description
    "\\[(\\d{1,3})\\](?!\\()", // 5: a citation
    "\\[([^\\[\\]\\n]{1,300})\\]\\(\\s*<?([^\\s<>()]{0,2000})>?[^()\\n]{0,300}\\)", // 6, 7: a link
    "\\*\\*(?=\\S)([^\\n]{0,1999}?\\S)\\*\\*", // 8: bold
    "\\*(?=[^\\s*])([^*\\n]{0,499}?[^\\s*])\\*(?![\\w*])", // 9: emphasis, unless it follows what GLUED says
    "(https?:\\/\\/[!#-;=?-Z_a-z~%]{1,2000})", // 10: an address in the open
  ].join("|"),
  "gi",
);
const GLUED = /[\w*]/; // no lookbehind: before 16.4 Safari reads no file that has one
const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
const ITEM = /^(\s{0,12})(?:・(?=\S)|(?:[-*+•・]|(\d{1,3})[.)])\s+)(.*)$/; // ・ is set close
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/;
const DEPTH = 4; // bold within emphasis within …: deeper is text

/** The text as elements. */
export function rich(text: string, reader: Reader): DocumentFragment {
  const page = document.createDocumentFragment();
  const lists: { indent: number; list: HTMLElement }[] = [];
  let paragraph: HTMLElement | null = null;
  let code: { mark: string; lines: string[] } | null = null;
  let inTable = false;
  const endList = (): void => void lists.splice(0);
  const endCode = (): void => {
    if (code) page.append(make("pre", "", { tabindex: "0" }, make("code", "", {}, code.lines.join("\n"))));
    code = null;
  };
  for (const line of text.split(/\r\n|\n|\r/)) {
    const fence = FENCE.exec(line)?.[1];
    if (code) {
      if (fence?.startsWith(code.mark)) endCode();
      else code.lines.push(line);
      continue;
    }
    const item = ITEM.exec(line);
    const table = fence || item ? null : cells(line);
    const heading = HEADING.exec(line)?.[1];
    const bars = fence ? null : barred(line);
    if (bars) {
      paragraph = null;
      endList();
      addLine(page, bars, !inTable, (cell) => inline(cell, reader));
    } else if (fence) {
      paragraph = null;
      endList();
      code = { mark: fence, lines: [] };
    } else if (!line.trim()) {
      paragraph = null;
    } else if (heading !== undefined) {
      paragraph = null;
      endList();
      page.append(make("p", "heading", {}, make("strong", "", {}, inline(heading, reader))));
    } else if (table) {
      paragraph = null;
      endList();
      page.append(row(table, (value) => inline(value, reader)));
    } else if (item) {
      paragraph = null;
      const indent = item[1]!.length;
      while (lists.length && lists.at(-1)!.indent > indent) lists.pop();
      let level = lists.at(-1);
      if (!level || (indent > level.indent + 1 && lists.length < DEPTH)) {
        const list = item[2] ? make("ol", "", { start: item[2] }) : make("ul");
        (level?.list.lastElementChild ?? page).append(list);
        lists.push((level = { indent, list }));
      }
      level.list.append(make("li", "", {}, inline(item[3]!, reader)));
    } else if (lists.length && /^\s{2,}/.test(line)) {
      lists.at(-1)!.list.lastElementChild!.append(make("br"), inline(line.trim(), reader));
    } else if (paragraph) {
      paragraph.append(make("br"), inline(line, reader));
    } else {
      endList();
      paragraph = make("p", "", {}, inline(line, reader));
      page.append(paragraph);
    }
    inTable = bars !== null;
  }
  endCode();
  return page;
}

function inline(text: string, reader: Reader, depth = 0): DocumentFragment {
  const out = document.createDocumentFragment();
  const signs = new RegExp(INLINE);
  let end = 0;
  for (let found; depth < DEPTH && (found = signs.exec(text)); ) {
    const [whole, escaped, , code, image, cited, label, target, bold, emphasis, address] = found;
    if (emphasis !== undefined && GLUED.test(text.charAt(found.index - 1))) {
      signs.lastIndex = found.index + 1;
      continue;
    }
    let node: Node | string | null = null;
    if (escaped !== undefined) node = escaped;
    else if (code !== undefined) node = make("code", "", {}, code);
    else if (image !== undefined) node = image;
    else if (cited !== undefined) node = reader.cite(Number(cited));
    else if (label !== undefined) node = anchor(target ?? "", inline(label, reader, depth + 1), reader);
    else if (bold !== undefined) node = make("strong", "", {}, inline(bold, reader, depth + 1));
    else if (emphasis !== undefined) node = make("em", "", {}, inline(emphasis, reader, depth + 1));
    else if (address !== undefined) node = open(address, reader);
    const before = text.slice(end, found.index);
    if (cited !== undefined && node) out.append(...kept(before.trimEnd(), node));
    else out.append(before, node ?? whole);
    end = found.index + whole.length;
  }
  out.append(text.slice(end));
  return out;
}

/** A number stays on the line of the word that it stands behind. */
function kept(before: string, chip: Node | string): (Node | string)[] {
  const last = /.$/su.exec(before)?.[0] ?? "";
  return [before.slice(0, before.length - last.length), make("span", "kept", {}, last, chip)];
}

function anchor(address: string, label: Node | string, reader: Reader): Node | string {
  const href = reader.link(address);
  return href === null ? label : external(href, label);
}

/** An address that stands in the text as it is; the full stop or bracket after it is not its own. */
function open(address: string, reader: Reader): Node {
  const own = address.replace(/[.,;:!?)]+$/, "");
  const out = document.createDocumentFragment();
  out.append(anchor(own, own, reader), address.slice(own.length));
  return out;
}

/** A link that tells the other side nothing of where it comes from, and hands it no window. */
export function external(href: string, ...label: (Node | string)[]): HTMLAnchorElement {
  return make("a", "", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, ...label);
}

/** A text that is still being written, without the half signs at its end that the next words will complete. */
export function soFar(text: string): string {
  const shown = text.replace(/(^|\n)[^\S\n]*\|[^\n]*[^|\n]$/, "$1").replace(/(?:!?\[[^[\]\n]{0,300}(?:\](?:\([^()\n]{0,2000})?)?|!|\*{1,2}|`{1,3}|\\)$/, (half) =>
    /^\[\d{1,3}\]$/.test(half) ? half : "",
  );
  const line = shown.slice(shown.lastIndexOf("\n") + 1);
  return (line.match(/\*\*/g)?.length ?? 0) % 2 && !/^\s*\*\s/.test(line) ? `${shown}**` : shown;
}

/** An address that may be gone to: http(s), without a name and password, cited or on one of the hosts. */
export function allowed(address: string, cited: readonly (string | null)[], hosts: readonly string[]): string | null {
  const url = web(address);
  if (!url) return null;
  return hosts.includes(url.host) || cited.some((other) => other && web(other)?.href === url.href) ? url.href : null;
}

/** The address, when it is one of the web. */
export function web(address: string): URL | null {
  try {
    const url = new URL(address);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** A text without the numbers of its sources and the signs that a reader would not see; lists keep theirs. */
export function plain(text: string): string {
  return text
    .replace(/!?\[([^[\]\n]{0,300})\]\([^()\n]{0,2000}\)/g, "$1")
    .replace(/[^\S\n]*\[\d{1,3}\]/g, "")
    .replace(/^[^\S\n]*#{1,6}[^\S\n]+/gm, "")
    .replace(/\*\*|`+/g, "")
    .replace(/(^|[^\w*])\*(?=[^\s*])([^*\n]{0,499}?[^\s*])\*(?![\w*])/g, "$1$2");
}

/** The sentences that are complete in a text, for reading aloud. */
export function sentences(text: string): string[] {
  const read = aloud(plain(text)).replace(/^[^\S\n]*(?:・|(?:[-*+•]|\d{1,3}[.)])[^\S\n]+)/gm, "");
  const parts = read.replace(/[。！？\n]|[.!?](?=\s)/g, "$&\0").split("\0").slice(0, -1);
  return parts.map((part) => part.trim()).filter(Boolean);
}
