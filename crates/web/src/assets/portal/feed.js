/**
 * The list of what just happened: newest first, never longer than it is useful, and it holds still
 * while it is paused. It knows nothing of sockets or of what events mean.
 */

const LINES_MAX = 50;

export class Feed {
  #lines;
  #link;
  #pause;
  /** What came while the list was held still, oldest first. */
  #held = [];

  constructor(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.#lines = part("lines");
    this.#link = part("link");
    this.#pause = part("pause");
    this.#pause.hidden = false;
    this.#pause.addEventListener("click", () => this.#toggle());
  }

  /** How the connection is. */
  say(text) {
    this.#link.textContent = text;
  }

  /** Puts a line on top; `body` is what lies behind it. */
  add(line, body) {
    const entry = { line, body };
    if (!this.#isPaused) {
      this.#show(entry);
      return;
    }
    this.#held.push(entry);
    if (this.#held.length > LINES_MAX) this.#held.shift();
    this.#pause.textContent = `Resume (${this.#held.length})`;
  }

  get #isPaused() {
    return this.#pause.getAttribute("aria-pressed") === "true";
  }

  #toggle() {
    const pausing = !this.#isPaused;
    this.#pause.setAttribute("aria-pressed", String(pausing));
    this.#pause.textContent = pausing ? "Resume" : "Pause";
    if (pausing) return;
    for (const entry of this.#held) this.#show(entry);
    this.#held = [];
  }

  #show({ line, body }) {
    if (line.key) this.#lines.querySelector(`[data-key="${CSS.escape(line.key)}"]`)?.remove();
    const item = element("li", `line ${line.tone}`.trim());
    if (line.key) item.dataset.key = line.key;

    const top = element("div", "row");
    const time = element("time", "", clock(line.at));
    time.dateTime = line.at;
    top.append(element("span", "name", line.name), time);

    const details = element("details");
    details.append(element("summary", "", "Details"));
    details.append(element("pre", "", JSON.stringify(body, null, 2)));

    item.append(top, element("p", "small", line.text), details);
    this.#lines.prepend(item);
    while (this.#lines.children.length > LINES_MAX) this.#lines.lastElementChild.remove();
  }
}

function element(tag, className = "", text = undefined) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The viewer's own time of day. */
function clock(at) {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString("en-GB");
}
