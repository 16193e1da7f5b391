// A row of a table as the service writes it, "Cabin: Business; Pieces: 2; Weight: 32 kg", as names beside values.
//
// On a phone a row of many columns would be a wall of text. Columns of one group ("Japan > Pieces; Japan > Weight")
// stand below its name.
import { make } from "./dom";

const FEWEST = 3; // cells; two read well in a line
const CELL = /^([^:：;\n]{1,80}): (\S[^\n]*)$/;
const GROUP = " > ";

export type Cell = [name: string, value: string];

/** The cells of a line that is a row of a table; null for any other line. */
export function cells(line: string): Cell[] | null {
  const found: Cell[] = [];
  for (const piece of line.trim().split("; ")) {
    const cell = CELL.exec(piece);
    if (cell) found.push([cell[1]!, cell[2]!]);
    else if (found.length) found.at(-1)![1] += `; ${piece}`; // a value may hold the sign between cells
    else return null;
  }
  return found.length >= FEWEST ? found : null;
}

/** The row as a list of names and values, headed by its first value. */
export function row(cells: readonly Cell[], inline: (text: string) => Node): HTMLElement {
  const [[name, value], ...others] = cells as [Cell, ...Cell[]];
  const list = make("dl");
  let group = "";
  let within = list; // the columns of the group
  for (const [full, said] of others) {
    const [above, ...own] = full.split(GROUP);
    const named = own.length ? above! : "";
    if (named && named !== group) {
      within = make("dl");
      list.append(make("div", "group", {}, make("dt", "", {}, named), make("dd", "", {}, within)));
    }
    group = named;
    const pair = make("div", "", {}, make("dt", "", {}, named ? own.join(GROUP) : full), make("dd", "", {}, inline(said)));
    (named ? within : list).append(pair);
  }
  return make("div", "row", {}, make("p", "", {}, make("span", "", {}, name), " ", make("strong", "", {}, inline(value))), list);
}

/** A text as it stands, with the rows of tables in it as lists. */
export function withRows(text: string): DocumentFragment {
  const page = document.createDocumentFragment();
  const plain: string[] = [];
  const endPlain = (): void => page.append(plain.splice(0).join("\n"));
  for (const line of text.split("\n")) {
    const found = cells(line);
    if (!found) {
      plain.push(line);
      continue;
    }
    endPlain();
    page.append(row(found, (value) => document.createTextNode(value)));
  }
  endPlain();
  return page;
}
