/**
 * How ads look on this channel, as its streamer set it: where, how wide, how far from the edges,
 * and whether films are silent. Everything is a custom property or an attribute of the stage, so
 * that an ad that is on screen moves at once.
 */

export class Looks {
  #root;
  #maySound;
  #version = 0;

  /** Whether films are silent. */
  muted = true;

  /** A browser that nobody has touched stops a film that is not silent; `maySound` is for OBS. */
  constructor(root, maySound) {
    this.#root = root;
    this.#maySound = maySound;
  }

  /** Takes settings; those that are older than what is known are late. */
  apply({ version, position, widthPercent, marginPx, muted }) {
    if (!(version > this.#version)) return;
    this.#version = version;
    this.muted = muted !== false || !this.#maySound;
    const { style, dataset } = this.#root;
    dataset.position = position;
    if (widthPercent) dataset.width = "own";
    else delete dataset.width;
    style.setProperty("--width", `${Number(widthPercent)}%`);
    style.setProperty("--margin", `${Number(marginPx)}px`);
    for (const video of this.#root.querySelectorAll("video")) video.muted = this.muted;
  }
}
