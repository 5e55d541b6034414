/*
 * The view stands in the address: #/models/numbers-1?smooth=0.6&ns=t1. So a reload, a bookmark and
 * a link show the same.
 */

/* { view: "model", id: "numbers-1", query: URLSearchParams } */
export function parseAddress(hash) {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").map(decode);
  const view = parts[0] === "models" && parts[1] ? "model" : parts[0];
  return { view, id: parts[1] ?? "", query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/* "#/models/a%2Fb?ns=t1" of (["models", "a/b"], {}): the namespace goes along, unless `query` says
 * another; "" is that of those who name none. */
export function address(parts, query = {}) {
  const params = new URLSearchParams(query);
  const namespace = parseAddress(location.hash).query.get("ns");
  if (namespace && !params.has("ns")) params.set("ns", namespace);
  for (const [name, value] of [...params]) if (value === "") params.delete(name);
  const path = [].concat(parts).map(encodeURIComponent).join("/");
  return `#/${path}${params.size ? `?${params}` : ""}`;
}

export function go(parts, query) {
  location.hash = address(parts, query);
}

/* Changes what stands after the ? without a new view: the view knows already. A value of null or ""
 * takes a name out. */
export function setQuery(changes) {
  const { query } = parseAddress(location.hash);
  for (const name in changes) {
    const value = changes[name];
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const path = location.hash.split("?")[0] || "#/models";
  history.replaceState(null, "", `${path}${query.size ? `?${query}` : ""}`);
}

/* Calls `show` with the address, now and whenever it changes. */
export function startRouter(show) {
  const look = () => show(parseAddress(location.hash));
  addEventListener("hashchange", look);
  look();
}
