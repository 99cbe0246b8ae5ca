/**
 * Where events wait until the server has them.
 * The outbox knows these three methods and no more. They are asynchronous because a queue that
 * outlives the page cannot be anything else; this one lives and dies with the page.
 */

export class MemoryQueue {
  #events = [];

  /** Puts an event behind all others. */
  async add(event) {
    this.#events.push(event);
  }

  /** The oldest events, at most `limit`, in the order they were added. */
  async first(limit) {
    return this.#events.slice(0, limit);
  }

  /** Forgets the events with these ids. */
  async remove(ids) {
    this.#events = this.#events.filter((event) => !ids.includes(event.id));
  }
}
