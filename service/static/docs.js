/* The API's description at /docs: /openapi.json, made readable. Text nodes only, and nothing is loaded from afar. */

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const described = await (await fetch("/openapi.json")).json();
const resolve = (schema) => (schema?.$ref ? described.components.schemas[schema.$ref.split("/").pop()] : schema ?? {});

/** Text in which what stands between backquotes is code. */
const prose = (text) => (text ?? "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

/** What a field may hold, in a word or two. */
function kind(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${kind(schema.items ?? {})}`;
  return schema.type ?? "anything";
}

function fields(schema) {
  const rows = Object.entries(resolve(schema).properties ?? {}).map(([name, field]) => {
    const needed = resolve(schema).required?.includes(name);
    const what = [field.description, field.default !== undefined && field.default !== null ? `Default: ${JSON.stringify(field.default)}.` : "", field.examples ? `Example: ${JSON.stringify(field.examples[0])}` : ""];
    return make("tr", {}, make("td", {}, make("code", {}, name), needed ? " *" : ""), make("td", {}, make("small", {}, kind(field)), make("br"), ...prose(what.filter(Boolean).join(" "))));
  });
  return make("table", {}, make("tbody", {}, ...rows));
}

/** A request that one can paste into a terminal. */
function curl(method, path, body) {
  const lines = [`curl ${location.origin}${path.replace("{session_id}", "SESSION_ID")}`];
  if (method !== "get") lines[0] += ` -X ${method.toUpperCase()}`;
  if (!path.endsWith("z")) lines.push('  -H "Authorization: Bearer $MADOGUCHI_ADMIN_KEY"');
  if (body) {
    const example = {};
    const schema = resolve(body);
    for (const name of schema.required ?? []) {
      const field = schema.properties[name];
      example[name] = name === "messages" ? [{ role: "user", content: "返品はいつまでできますか?" }] : field.examples?.[0] ?? "";
    }
    lines.push("  -H 'Content-Type: application/json'", `  -d '${JSON.stringify(example)}'`);
  }
  return make("pre", {}, lines.join(" \\\n"));
}

const nav = document.querySelector("nav"), main = document.querySelector("main");
main.append(make("h1", {}, described.info.title), make("p", {}, ...prose(described.info.description)), make("small", {}, `Version ${described.info.version} · `, make("a", { href: "/openapi.json" }, "openapi.json"), " · * needed"));

for (const [path, operations] of Object.entries(described.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const id = operation.operationId;
    nav.append(make("a", { href: `#${id}` }, `${method.toUpperCase()} ${path}`));
    const body = operation.requestBody?.content["application/json"]?.schema;
    const section = make("section", { id }, make("h2", {}, make("code", { class: "method" }, method.toUpperCase()), make("code", {}, path)), make("p", {}, ...prose(operation.description ?? operation.summary)));
    if (body) section.append(make("h3", {}, "Request"), fields(body));
    section.append(make("h3", {}, "Answers"));
    const rows = Object.entries(operation.responses).map(([status, answer]) => make("tr", {}, make("td", {}, make("code", {}, status)), make("td", {}, ...prose(answer.description), make("br"), make("small", {}, Object.keys(answer.content ?? {}).join(", ")))));
    section.append(make("table", {}, make("tbody", {}, ...rows)));
    const good = operation.responses["200"]?.content?.["application/json"]?.schema;
    if (good?.$ref) section.append(make("h3", {}, good.$ref.split("/").pop()), fields(good));
    section.append(make("h3", {}, "Try it"), curl(method, path, body));
    main.append(section);
  }
}
document.getElementById(location.hash.slice(1))?.scrollIntoView();
