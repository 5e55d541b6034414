/* What a test would do by the control API, by hand. */
import { append, h } from "../dom.js";
import { store, subscribe } from "../store.js";
import { clockCard } from "../controls/clock.js";
import { faultsCard } from "../controls/faults.js";
import { namespacesCard } from "../controls/namespaces.js";
import { snapshotsCard } from "../controls/snapshots.js";
import { trainingsCard } from "../controls/trainings.js";

export function mountControls(root) {
  const [clock, trainings, faults, snapshots, namespaces] =
    [clockCard, trainingsCard, faultsCard, snapshotsCard, namespacesCard].map((make) => make());
  append(root, [
    h("div", { class: "page-head" }, h("h1", {}, "Controls")),
    h("div", { class: "controls" },
      h("div", { class: "stack" }, clock.element, namespaces.element),
      h("div", { class: "stack" }, trainings.element, snapshots.element),
      h("div", { class: "stack" }, faults.element)),
  ]);
  const ready = () => {
    if (store.isWhole) root.dataset.ready = "true";
  };
  ready();
  const stop = subscribe("config", ready);
  return {
    update() {},
    unmount() {
      stop();
      for (const part of [clock, trainings, faults, snapshots, namespaces]) part.stop();
    },
  };
}
