/**
 * The live parts of the control room: the feed, the state of the channels, and triggering in
 * place. Without it the page works, and shows what was true when it was loaded.
 */

import { Socket } from "../overlay/socket.js";
import { Channels } from "./channels.js";
import { Feed } from "./feed.js";
import { takeOver } from "./trigger.js";
import { EVENTS, describe } from "./words.js";

/** What the server says to somebody whose login has ended. */
const SIGNED_OUT = ["not_signed_in", "login_ended", "login_revoked"];

const names = new Map();
for (const element of document.querySelectorAll("[data-name]")) {
  names.set(element.dataset.channel ?? element.dataset.campaign, element.dataset.name);
}
const nameOf = (id) => names.get(id) ?? `…${String(id ?? "").slice(-4)}`;

const feed = new Feed(document.querySelector("[data-feed]"));
const channels = new Channels(document, nameOf);
let hasBeenConnected = false;

const socket = new Socket({ namespace: "/dashboard", longestDelayMs: 5000 });
socket
  .on("connect", () => {
    feed.say("Connected");
    // What happened while the line was down is not told again.
    if (hasBeenConnected) channels.reload();
    hasBeenConnected = true;
  })
  .on("disconnect", () => feed.say("Reconnecting…"))
  .on("connect_error", ({ message }) => {
    if (!SIGNED_OUT.includes(message)) {
      feed.say("Reconnecting…");
      return;
    }
    socket.close();
    feed.say("Signed out. Load the page again.");
  });

for (const name of EVENTS) {
  socket.on(name, (body) => {
    channels.take(name, body);
    const line = describe(name, body, nameOf);
    if (line) feed.add(line, body);
  });
}

for (const form of document.querySelectorAll("[data-trigger]")) takeOver(form);
window.addEventListener("pagehide", () => socket.close());
window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
feed.say("Connecting…");
socket.open();
