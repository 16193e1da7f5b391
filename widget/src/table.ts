// A table as models write it in spite of being told not to: lines of cells between bars.
import { make } from "./dom";

const LINE = /^\s{0,3}\|(.*)\|\s*$/;
const RULE = /^\s*:?-+:?\s*$/; // below the names of columns

/** The cells of a line that begins and ends with a bar; null for any other line. */
export function barred(line: string): string[] | null {
  return LINE.exec(line)?.[1]?.replace(/(\\\|)|\|/g, (_, escaped?: string) => escaped ?? "\0").split("\0").map((cell) => cell.trim()) ?? null;
}

/** A line more at the end of what is shown so far; a rule makes the line above it the names of the columns. */
export function addLine(page: ParentNode, line: string[], begins: boolean, inline: (text: string) => Node): void {
  if (begins) page.append(make("div", "sheet", { tabindex: "0" }, make("table")));
  const table = page.lastElementChild!.firstElementChild!;
  if (!line.every((cell) => RULE.test(cell))) table.append(make("tr", "", {}, ...line.map((cell) => make("td", "", {}, inline(cell)))));
  else if (table.childElementCount === 1) {
    const names = [...table.querySelectorAll("td")].map((cell) => make("th", "", { scope: "col" }, ...cell.childNodes));
    table.replaceChildren(make("tr", "", {}, ...names));
  }
}

/** The text to be read aloud: a table's cells one after the other, and no rules. */
export function aloud(text: string): string {
  return text
    .split("\n")
    .map((line) => barred(line)?.filter((cell) => !RULE.test(cell)).join(", ") ?? line)
    .join("\n");
}
