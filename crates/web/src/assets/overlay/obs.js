/**
 * What OBS says about this browser source.
 * OBS reports changes only, gives no initial value for "active" and "visible", and may stay silent
 * for good. So every fact begins as `null`, which means unknown and never "no".
 */

export class Obs {
  /** The object OBS puts into its pages; absent in an ordinary browser. */
  #studio = window.obsstudio;
  #facts = {
    pluginVersion: this.#studio?.pluginVersion ?? null,
    streaming: null,
    sourceActive: null,
    sourceVisible: null,
  };
  #changed;

  /** `changed` is called whenever a fact has become another. */
  constructor(changed) {
    this.#changed = changed;
    const hear = (name, read) =>
      window.addEventListener(name, (event) => this.#learn(read(event.detail)));
    hear("obsSourceActiveChanged", (detail) => ({ sourceActive: detail?.active }));
    hear("obsSourceVisibleChanged", (detail) => ({ sourceVisible: detail?.visible }));
    hear("obsStreamingStarted", () => ({ streaming: true }));
    hear("obsStreamingStopped", () => ({ streaming: false }));
  }

  /** Whether the page runs inside OBS. */
  get inside() {
    return this.#studio !== undefined;
  }

  /** All facts, as they go into the payload of an event. */
  get facts() {
    return { ...this.#facts };
  }

  /** Asks for what OBS answers on demand. Needs no more than OBS's default permissions. */
  ask() {
    this.#studio?.getStatus?.((status) => this.#learn({ streaming: status?.streaming }));
  }

  #learn(news) {
    let changed = false;
    for (const [fact, value] of Object.entries(news)) {
      if (typeof value !== "boolean" || this.#facts[fact] === value) continue;
      this.#facts[fact] = value;
      changed = true;
    }
    if (changed) this.#changed();
  }
}
