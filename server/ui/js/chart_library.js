/* The chart library, which is as large as all else together: it is read when the first chart is drawn. */

let loading = null;

/* A promise of it. */
export function whenChart() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../chart-library.js", import.meta.url);
    script.addEventListener("load", () => resolve(window.Chart));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("The chart library could not be loaded: load the page again."));
    });
    document.head.append(script);
  });
  return loading;
}
