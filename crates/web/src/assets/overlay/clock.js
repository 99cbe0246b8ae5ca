/**
 * What time it is at the server.
 * Streaming computers are often minutes off, and an event with a wild time would not be counted; so
 * once the server has told its time, that is the time we write. It runs on `performance.now`, which
 * nobody can set back in the middle of an ad.
 */

/** Below this a difference is the network's, and following it would only distort durations. */
const NOISE_MS = 1000;

export class Clock {
  #zero = Date.now() - performance.now();
  #told = false;

  /** Takes over the server's time (ISO text), as of this moment. */
  learn(serverTime) {
    const zero = Date.parse(serverTime) - performance.now();
    if (Number.isNaN(zero)) return;
    if (!this.#told || Math.abs(zero - this.#zero) > NOISE_MS) this.#zero = zero;
    this.#told = true;
  }

  /** The server's time, as well as we know it. */
  now() {
    return new Date(this.#zero + performance.now());
  }

  /** Milliseconds since the server wrote `sentAt`; 0 while its time is unknown. */
  age(sentAt) {
    const age = this.now() - Date.parse(sentAt);
    return this.#told && age > 0 ? age : 0;
  }
}
