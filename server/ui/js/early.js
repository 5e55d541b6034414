/*
 * Before the style sheet and all else: the theme, so that a page that was made dark by hand does not
 * flash, and the calls that each view begins with, which are answered while the rest is on its way.
 * api.js takes their answers.
 */
globalThis.early = (() => {
  const read = (storage, name) => {
    try {
      return globalThis[storage].getItem(name);
    } catch {
      return null; /* storage may be forbidden */
    }
  };
  const theme = read("localStorage", "tunemock-theme");
  if (theme) document.documentElement.dataset.theme = theme;

  const namespace = new URLSearchParams(location.hash.split(/\?(.*)/s)[1]).get("ns") ?? "";
  const token = read("sessionStorage", "tunemock-token");
  const headers = { ...(namespace && { "X-Emulator-Namespace": namespace }), ...(token && { "X-Emulator-Token": token }) };
  const send = (path) => fetch(new URL(path, location.origin + location.pathname), { headers, cache: "no-store" });
  const calls = new Map();
  for (const path of ["events", "tunedModels?pageSize=1000", "tuningJobs?pageSize=1000", "faults", "clock", "info"]) {
    const call = send(`emulator/v1/${path}`).then((response) => Object.assign(response, { at: performance.now() }));
    call.catch(() => {}); /* whoever takes it hears of it */
    calls.set(`emulator/v1/${path}`, call);
  }
  return { namespace, calls };
})();
