/**
 * What to do when the server does not accept the key, in words.
 * Shown in an ordinary browser only: on a stream the page stays empty whatever happens.
 */

const NOTICES = {
  invalid_overlay_key: {
    title: "This overlay address does not work",
    text: "Its key is not known: it may have been replaced, or part of it was lost in copying.",
  },
  key_revoked: {
    title: "This overlay address is no longer valid",
    text: "Its key has been replaced or withdrawn.",
  },
};

const ADVICE =
  "Sign in to Beta Ads as the streamer, make a new overlay address for the channel, and paste the" +
  " whole of it into the URL field of the browser source in OBS.";

/** Whether the message of a refused connection means that trying again is pointless. */
export function isFinal(message) {
  return Object.hasOwn(NOTICES, message);
}

/** Puts the notice for that message on the page. */
export function showNotice(root, message) {
  const { title, text } = NOTICES[message];
  const box = document.createElement("section");
  box.className = "notice";
  box.setAttribute("role", "alert");
  const heading = document.createElement("h1");
  heading.textContent = title;
  const body = document.createElement("p");
  body.textContent = `${text} ${ADVICE}`;
  box.append(heading, body);
  root.replaceChildren(box);
}
