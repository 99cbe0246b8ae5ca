/**
 * The way of events to the server: an ordered outbox that never loses one and never holds up the
 * show.
 * An event gets its id once, when it happens. It leaves the queue only when the server has taken or
 * finally refused it; until then it is sent again, which the id makes harmless.
 */

import { uuid } from "./id.js";

const BATCH_LIMIT = 100;
const REQUEST_LIMIT_MS = 10_000;
const RETRY_MS = { first: 1000, longest: 30_000, longestAsked: 600_000 };

/** The body of a request that outlives its page may not pass 64 KiB. */
const FAREWELL_LIMIT = 50;

export class Outbox {
  #queue;
  #key;
  #clock;
  #note;
  #busy = false;
  #more = false;
  /** Ends the pause between two tries; absent when there is none, or the server asked for it. */
  #cutPause = null;
  /** So many of the next events go alone, because the batch they stood in was refused whole. */
  #alone = 0;

  /** `note` is told what a person looking into a problem would want to know. */
  constructor({ queue, key, clock, note }) {
    this.#queue = queue;
    this.#key = key;
    this.#clock = clock;
    this.#note = note;
  }

  /** Records that something has happened now. Returns at once; never fails. */
  async add(event) {
    const ts = this.#clock.now().toISOString();
    await this.#queue.add({ id: uuid(), request_id: uuid(), ts, ...event });
    this.#send();
  }

  /** The server is reachable again: try now rather than after the pause. */
  wake() {
    this.#cutPause?.();
    this.#send();
  }

  /** The page is being closed: hands over what is left in a request that outlives it. */
  async leave() {
    const events = await this.#queue.first(FAREWELL_LIMIT);
    if (events.length > 0) this.#post(events, { keepalive: true }).catch(() => {});
  }

  /** One loop empties the queue; whoever calls while it runs makes it look once more. */
  async #send() {
    this.#more = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#more) {
      this.#more = false;
      await this.#empty();
    }
    this.#busy = false;
  }

  async #empty() {
    let failures = 0;
    for (;;) {
      const events = await this.#queue.first(this.#alone > 0 ? 1 : BATCH_LIMIT);
      if (events.length === 0) return;
      const { done, retryAfter, again } = await this.#try(events);
      await this.#queue.remove(done);
      this.#alone = Math.max(0, this.#alone - done.length);
      failures = done.length > 0 || !again ? 0 : failures + 1;
      if (again) await this.#pause(failures, retryAfter);
    }
  }

  /** Sends once. Says which events are done with, and whether to pause before the next try. */
  async #try(events) {
    let answer;
    try {
      answer = await this.#post(events, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    } catch {
      return { done: [], again: true };
    }
    const { status, body, retryAfter } = answer;
    if (isTemporary(status)) return { done: [], again: true, retryAfter };
    if (events.length > 1 && status >= 400 && status !== 401) {
      this.#alone = events.length;
      return { done: [], again: false };
    }
    const done = events.filter((event, at) => {
      // A refused key refuses everything; otherwise a batch has one result for each event.
      const single = events.length === 1 || status === 401;
      const result = single ? { ...body, status } : body?.results?.[at];
      return this.#isSettled(event, result);
    });
    return { done: done.map((event) => event.id), again: done.length < events.length, retryAfter };
  }

  #isSettled(event, result) {
    if (result === undefined || isTemporary(result.status)) return false;
    const why = result.reason ?? result.error ?? result.code ?? "";
    if (result.status >= 400) this.#note(`${event.type} was refused (${result.status})`, why);
    else if (result.verdict === "not_counted") this.#note(`${event.type} was not counted`, why);
    return true;
  }

  async #post(events, options) {
    const alone = events.length === 1;
    const response = await fetch(alone ? "/events/ingest" : "/events/batch", {
      method: "POST",
      headers: { "content-type": "application/json", "x-overlay-key": this.#key },
      body: JSON.stringify(alone ? events[0] : { events }),
      credentials: "omit",
      cache: "no-store",
      ...options,
    });
    const body = await response.json().catch(() => null);
    const retryAfter = Number(response.headers.get("retry-after")) * 1000 || 0;
    return { status: response.status, body, retryAfter };
  }

  /** Waits twice as long after each failure, never less than asked, and not in step with others. */
  async #pause(failures, retryAfter = 0) {
    const step = Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** Math.max(0, failures - 1));
    const own = step * (0.5 + Math.random() / 2);
    const asked = Math.min(retryAfter, RETRY_MS.longestAsked);
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(own, asked));
      if (asked === 0) this.#cutPause = resolve;
    });
    this.#cutPause = null;
  }
}

/** Whether the same request may well succeed later. */
function isTemporary(status) {
  return status >= 500 || status === 429 || status === 408;
}
