/**
 * What is on screen.
 * The stage takes commands, one ad at a time and never one instead of another, and tells what
 * became of each: `ad_rendered` when the first frame is on screen, then `ad_completed` when its
 * time is over, or `ad_error` and nothing visible. An ad that has begun does not depend on the
 * network any more: it ends at its time whether or not anybody can be told.
 *
 * Its state stands in `data-state` of the document: `idle`, `standby`, `showing` or `offline`.
 */

import { MediaError, discard, isPlayable, prepare, webUrl } from "./media.js";

const ASSET_LIMIT_MS = 10_000;
const FALLBACK_LIMIT_MS = 5000;

/** The server waits no longer than this for an answer; an older command has been given up. */
const COMMAND_LIMIT_MS = 3000;

/** So many commands are remembered in order to know one that comes twice. */
const MEMORY = 200;

const ANIMATIONS = ["fade", "slide", "pulse"];

export class Stage {
  #root;
  #clock;
  #looks;
  #tell;
  #online = false;
  #standby = false;
  #seen = new Set();
  /** The play under way, from its command to its end: `{command, media, box, endsAt, timer}`. */
  #play = null;

  /** `tell(type, command, details)` reports an event and must return at once. */
  constructor({ root, clock, looks, tell }) {
    this.#root = root;
    this.#clock = clock;
    this.#looks = looks;
    this.#tell = tell;
    // A page in the background gets its timers late; it must not come back with a stale ad.
    document.addEventListener("visibilitychange", () => this.#check());
    this.#mark();
  }

  /** Whether the server is connected. An ad on screen is not touched by it. */
  set online(online) {
    this.#online = online;
    this.#mark();
  }

  /**
   * Whether another instance shows this channel's ads. One that has begun here ends here: its lease
   * belongs to this instance and to no other.
   */
  set standby(standby) {
    this.#standby = standby;
    this.#mark();
  }

  /** Takes or refuses a command; the result is the acknowledgement. */
  offer(command) {
    const reason = this.#objection(command);
    if (reason) return { ok: false, reason };
    this.#seen.add(command.commandId);
    if (this.#seen.size > MEMORY) this.#seen.delete(this.#seen.values().next().value);
    this.#perform(command);
    return { ok: true };
  }

  /** Ends what is on screen before its time, because of `reason`. */
  stop(reason, message) {
    if (this.#play) this.#fail(this.#play, new MediaError(reason, message));
  }

  #objection(command) {
    const { commandId, durationSec, assetUrl, sentAt } = command ?? {};
    if (this.#seen.has(commandId)) return "duplicate";
    if (!commandId || !(durationSec > 0) || !webUrl(assetUrl)) return "invalid";
    if (this.#clock.age(sentAt) > COMMAND_LIMIT_MS) return "expired";
    if (this.#standby) return "standby";
    if (this.#play) return "busy";
    return null;
  }

  async #perform(command) {
    const play = { command, media: null, box: null, endsAt: Infinity, timer: undefined };
    this.#play = play;
    try {
      const { media, details } = await this.#asset(command);
      if (this.#play === play) this.#show(play, media, details);
      else discard(media);
    } catch (error) {
      this.#fail(play, error);
    }
  }

  /** The asset, or its fallback if there is one to try; what failed first is what is reported. */
  async #asset({ assetUrl, mimeType, fallbackUrl }) {
    try {
      return { media: await prepare(assetUrl, mimeType, ASSET_LIMIT_MS), details: {} };
    } catch (error) {
      if (!isPlayable(fallbackUrl)) throw error;
      const media = await prepare(fallbackUrl, null, FALLBACK_LIMIT_MS).catch(() => {
        throw error;
      });
      return { media, details: { fallback: true } };
    }
  }

  #show(play, media, details) {
    const { command } = play;
    play.media = media;
    play.box = this.#box(command, media);
    media.onerror = () =>
      this.#fail(play, new MediaError("playback_failed", media.error?.message ?? ""));
    if (media instanceof HTMLVideoElement) media.muted = this.#looks.muted;
    this.#root.append(play.box);
    play.endsAt = performance.now() + command.durationSec * 1000;
    this.#tell("ad_rendered", command, details);
    this.#mark();
    this.#check();
  }

  #box(command, media) {
    const box = document.createElement("button");
    box.type = "button";
    box.className = `ad ${ANIMATIONS.includes(command.animation) ? command.animation : "fade"}`;
    box.append(media, label("badge", "Sponsored"), label("strip", "Tap for details"));
    box.addEventListener("click", () => this.#click(command));
    return box;
  }

  /** Opens the page within the gesture, as pop-up blockers demand, and reports it beside. */
  #click(command) {
    const url = webUrl(command.clickUrl);
    if (url) window.open(url.href, "_blank", "noopener,noreferrer");
    this.#tell("ad_click", command, { source: "overlay_click" });
  }

  /** Ends the ad if its time is over, else looks again when it will be. Timers may be off. */
  #check() {
    const play = this.#play;
    if (play === null || play.endsAt === Infinity) return;
    clearTimeout(play.timer);
    const left = play.endsAt - performance.now();
    if (left > 0) {
      play.timer = setTimeout(() => this.#check(), left);
      return;
    }
    this.#clear(play);
    this.#tell("ad_completed", play.command, {});
  }

  #fail(play, error) {
    if (this.#play !== play) return;
    this.#clear(play);
    const { reason = "asset_load_failed", message } = error;
    this.#tell("ad_error", play.command, { reason, message });
  }

  #clear(play) {
    clearTimeout(play.timer);
    play.box?.remove();
    if (play.media) discard(play.media);
    this.#play = null;
    this.#mark();
  }

  #mark() {
    let state = "idle";
    if (this.#play?.box) state = "showing";
    else if (!this.#online) state = "offline";
    else if (this.#standby) state = "standby";
    document.documentElement.dataset.state = state;
  }
}

function label(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
