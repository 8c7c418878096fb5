// The API on one page: operations by group, their parameters, what they take and what they answer.
// Everything is set as text, so that no word of the document can become markup.

/** @param {string} name @param {Record<string, string>} [attributes] @param {(Node|string)[]} inner */
function element(name, attributes = {}, ...inner) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inner);
  return made;
}

/** Follow a reference within the document. */
function resolved(schema, api) {
  const place = schema?.$ref?.split("/").slice(1);
  return place ? place.reduce((found, key) => found?.[key], api) : schema;
}

/** A schema in a few words: its type, its choices or its bounds. */
function inWords(schema, api) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map(String).join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((one) => inWords(one, api)).join(" | ");
  if (schema.type === "array") return `list of ${inWords(schema.items, api) || "anything"}`;
  const bounds = [];
  const named = { minimum: "from", exclusiveMinimum: "above", maximum: "to", exclusiveMaximum: "below",
    minLength: "at least", maxLength: "at most", pattern: "matching" };
  for (const [key, word] of Object.entries(named)) {
    if (schema[key] !== undefined) bounds.push(`${word} ${schema[key]}`);
  }
  return [schema.type ?? "anything", ...bounds].join(", ");
}

/** A table of fields. */
function fields(rows, heading, of) {
  const body = rows.map(([name, kind, need, text]) => element("tr", {},
    element("th", { scope: "row" }, element("code", {}, name)),
    element("td", {}, kind), element("td", {}, need), element("td", {}, text)));
  const head = ["Name", "Kind", "Needed", "Meaning"].map((word) => element("th", { scope: "col" }, word));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${heading} of ${of}` },
    element("table", {}, element("caption", {}, heading),
      element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body)));
}

/** The fields of an object schema. */
function fieldsOf(schema, api, heading, of) {
  const whole = resolved(schema, api);
  if (!whole?.properties) return element("p", {}, `${heading}: ${inWords(schema, api) || "JSON"}`);
  const needed = new Set(whole.required ?? []);
  const rows = Object.entries(whole.properties).map(([name, field]) =>
    [name, inWords(field, api), needed.has(name) ? "yes" : "no", field.description ?? ""]);
  return fields(rows, `${heading}: ${whole.title ?? "object"}`, of);
}

/** One operation. */
function operation(path, method, one, api) {
  const title = element("h3", {}, element("span", { class: "method" }, method.toUpperCase()), " ",
    element("code", {}, path));
  const box = element("article", {}, title, element("p", {}, one.description ?? one.summary ?? ""));
  const given = one.parameters ?? [];
  if (given.length) {
    box.append(fields(given.map((p) =>
      [p.name, inWords(p.schema, api), p.required ? "yes" : "no", p.description ?? `in the ${p.in}`]),
    "Parameters", `${method} ${path}`));
  }
  for (const [kind, body] of Object.entries(one.requestBody?.content ?? {})) {
    box.append(fieldsOf(body.schema, api, `Body, ${kind}`, `${method} ${path}`));
  }
  const answers = Object.entries(one.responses ?? {}).map(([status, reply]) =>
    element("li", {}, element("code", {}, status), ` ${reply.description ?? ""}`));
  box.append(element("ul", {}, ...answers));
  if (method === "get" && !path.includes("{")) {
    box.append(element("p", {}, element("a", { href: path }, `Try GET ${path}`)));
  }
  return box;
}

async function show() {
  const reply = await fetch("/api/openapi.json");
  const api = await reply.json();
  document.querySelector("#about").textContent = `${api.info.description} Version ${api.info.version}.`;
  /** @type {Map<string, Node[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, one] of Object.entries(methods)) {
      const group = one.tags?.[0] ?? "other";
      groups.set(group, [...(groups.get(group) ?? []), operation(path, method, one, api)]);
    }
  }
  const sections = [...groups].map(([name, boxes]) =>
    element("section", {}, element("h2", {}, name), ...boxes));
  document.querySelector("#operations").replaceChildren(...sections);
}

show().catch((error) => {
  document.querySelector("#operations").textContent = `The document could not be read: ${error}`;
});
