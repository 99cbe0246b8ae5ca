/**
 * Keeps the channel cards true: on air or not, and what is on screen. What it cannot work out from
 * events it reads from the page again.
 */

/** States of a delivery that leave the screen empty. */
const OVER = ["completed", "failed", "expired", "errored", "superseded"];

export class Channels {
  #page;
  #nameOf;

  constructor(page, nameOf) {
    this.#page = page;
    this.#nameOf = nameOf;
  }

  /** Takes over what an event says about a channel or a campaign. */
  take(name, body) {
    if (name === "overlay_status") this.#air(body.channelId, body.status === "connected");
    if (name !== "delivery_state") return;
    if (OVER.includes(body.state)) this.#now(body.channelId, "", "Nothing on screen.");
    else this.#now(body.channelId, stage(body.state), this.#nameOf(body.campaignId));
    if (body.state === "completed") this.#count(body.campaignId);
  }

  /** Reads the state of every card from a fresh copy of the page. */
  async reload() {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["air", "now", "impressions"]) {
      for (const old of this.#page.querySelectorAll(`[data-part="${part}"]`)) {
        const { id, card } = owner(old);
        const now = fresh.querySelector(`[data-${card}="${CSS.escape(id)}"] [data-part="${part}"]`);
        if (now) old.replaceChildren(...document.importNode(now, true).childNodes);
      }
    }
  }

  #part(card, id, part) {
    const selector = `[data-${card}="${CSS.escape(id ?? "")}"] [data-part="${part}"]`;
    return this.#page.querySelector(selector);
  }

  #air(channelId, isOnAir) {
    const pill = document.createElement("span");
    pill.className = isOnAir ? "pill live" : "pill off";
    pill.textContent = isOnAir ? "On air" : "Offline";
    this.#part("channel", channelId, "air")?.replaceChildren(pill);
    this.#now(channelId, "", isOnAir ? "Nothing on screen." : "Its overlay is not connected.");
  }

  #now(channelId, strong, text) {
    const parts = [];
    if (strong) {
      const lead = document.createElement("strong");
      lead.textContent = strong;
      parts.push(lead, " ");
    }
    this.#part("channel", channelId, "now")?.replaceChildren(...parts, text);
  }

  #count(campaignId) {
    const cell = this.#part("campaign", campaignId, "impressions");
    if (!cell) return;
    const count = Number(cell.textContent.replaceAll(",", "")) + 1;
    cell.textContent = count.toLocaleString("en-US");
  }
}

function stage(state) {
  return state === "rendered" ? "On screen:" : "On its way:";
}

function owner(element) {
  const box = element.closest("[data-channel], [data-campaign]");
  const card = box.dataset.channel ? "channel" : "campaign";
  return { card, id: box.dataset[card] };
}
