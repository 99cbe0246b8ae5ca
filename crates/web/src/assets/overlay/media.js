/**
 * Gets an image or a video ready, so that it can be shown without a blank moment.
 * `prepare` gives an element that is not in the page yet and whose first frame is decoded (a video
 * already runs), or fails with a reason and has left nothing behind.
 */

const VIDEO = /\.mp4$/i;
const PLAYABLE = /\.(png|jpe?g|gif|webp|mp4)$/i;

/** An asset that cannot be shown; `reason` is a stable code, the message is for people. */
export class MediaError extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

/** The URL, if it is one that a browser may fetch or open; else null. */
export function webUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/** Whether the URL alone tells that an image or a video is behind it. */
export function isPlayable(text) {
  const url = webUrl(text);
  return url !== null && PLAYABLE.test(url.pathname);
}

/** An element that shows the asset at once when it is put into the page. */
export async function prepare(url, mimeType, limitMs) {
  const isVideo = mimeType ? mimeType.startsWith("video/") : VIDEO.test(webUrl(url).pathname);
  const element = isVideo ? newVideo() : newImage();
  let timer;
  const late = new Promise((_, reject) => {
    const error = new MediaError("asset_timeout", `not ready within ${limitMs / 1000} s`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    await Promise.race([isVideo ? startVideo(element, url) : decodeImage(element, url), late]);
    return element;
  } catch (error) {
    discard(element);
    if (error instanceof MediaError) throw error;
    throw new MediaError("asset_load_failed", error.message);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets go of the element, its download and its decoder. */
export function discard(element) {
  element.remove();
  element.onerror = null;
  element.removeAttribute("src");
  if (element instanceof HTMLVideoElement) element.load();
}

function newImage() {
  const image = new Image();
  image.alt = "Sponsored creative";
  return image;
}

/** No sound, no controls, no loop: a video shorter than its time holds its last frame. */
function newVideo() {
  const video = document.createElement("video");
  video.muted = video.defaultMuted = true;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  video.preload = "auto";
  return video;
}

async function decodeImage(image, url) {
  image.src = url;
  await image.decode();
}

async function startVideo(video, url) {
  await new Promise((resolve, reject) => {
    video.oncanplaythrough = resolve;
    video.onerror = () => reject(new Error(video.error?.message || "the video cannot be read"));
    video.src = url;
  });
  video.oncanplaythrough = null;
  await video.play();
}
