import { h } from "../dom.js";

export function mount(root) {
  root.append(h("div", { class: "page-head" }, h("h1", {}, "Models")));
  root.dataset.ready = "true";
  return { update() {}, unmount() {} };
}
