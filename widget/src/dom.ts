// Elements without HTML: text comes in as text nodes only, so there is nothing to sanitise.

type Child = Node | string | null | undefined | false;

/** An element with a class, attributes and children; strings become text nodes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** A button that does something. */
export function button(
  className: string,
  attributes: Record<string, string>,
  press: (event: MouseEvent) => void,
  ...children: Child[]
): HTMLButtonElement {
  const element = make("button", className, { type: "button", ...attributes }, ...children);
  element.addEventListener("click", press);
  return element;
}

/** A drawing of 24 by 24 made of strokes. */
export function icon(...paths: string[]): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** A style sheet more. Before 16.4 Safari takes it as an element only, with the page's nonce. */
export function dress(root: ShadowRoot, text: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    root.append(make("style", "", { nonce: document.querySelector<HTMLElement>("[nonce]")?.nonce ?? "" }, text));
  }
}
