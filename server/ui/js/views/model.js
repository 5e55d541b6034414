import { h } from "../dom.js";

export function mount(root, { id, query }) {
  root.append(h("div", { class: "page-head" }, h("h1", {}, "Model")));
  root.dataset.ready = "true";
  return { update() {}, unmount() {} };
}
