/**
 * The overlay page: reads its key, and ties socket, stage, outbox and OBS together.
 * Read this first; each of the others can be read alone. Nothing here writes to the console inside
 * OBS, and without a key the page does nothing at all.
 */

import { Clock } from "./clock.js";
import { uuid } from "./id.js";
import { Looks } from "./looks.js";
import { isFinal, showNotice } from "./notice.js";
import { Obs } from "./obs.js";
import { MemoryQueue } from "./queue.js";
import { Outbox } from "./report.js";
import { Socket } from "./socket.js";
import { Stage } from "./stage.js";

const HEARTBEAT_MS = 25_000;

/**
 * The key from `#key=…`, or from `?key=…`, which is moved to the fragment at once: a fragment
 * stays in the browser, and is still there when OBS reloads the page.
 */
function takeKey() {
  const query = new URLSearchParams(location.search);
  const asked = query.get("key");
  const key = new URLSearchParams(location.hash.slice(1)).get("key") || asked;
  if (asked !== null) {
    query.delete("key");
    const rest = query.toString() && `?${query}`;
    const fragment = key ? `#key=${encodeURIComponent(key)}` : "";
    history.replaceState(history.state, "", location.pathname + rest + fragment);
  }
  return key;
}

function run(key) {
  const root = document.getElementById("stage");
  const instanceId = uuid();
  let sessionId = null;

  const clock = new Clock();
  const obs = new Obs(() => shareState());
  const note = obs.inside ? () => {} : (...words) => console.debug("Beta Ads:", ...words);
  const outbox = new Outbox({ queue: new MemoryQueue(), key, clock, note });
  const socket = new Socket({ namespace: "/overlay", auth: { key, instanceId, protocol: 2 } });
  const looks = new Looks(root, obs.inside);
  const stage = new Stage({ root, clock, looks, tell });

  function tell(type, { commandId, campaignId, creativeId, durationSec }, details) {
    const payload = { commandId, instanceId, durationSec, obs: obs.facts, ...details };
    const ids = { session_id: sessionId, campaign_id: campaignId, creative_id: creativeId };
    outbox.add({ type, ...ids, payload });
  }

  function shareState() {
    const { sourceActive, sourceVisible, streaming, pluginVersion } = obs.facts;
    const state = { active: sourceActive, visible: sourceVisible, streaming, pluginVersion };
    socket.emit("overlay:state", state);
  }

  function heartbeat() {
    obs.ask();
    const payload = { source: "overlay_client", obs: obs.facts };
    socket.emit("overlay:heartbeat", { requestId: uuid(), payload });
  }

  /** The key is no good, and will not be: only a new address helps. */
  function giveUp(message) {
    socket.close();
    stage.stop("key_revoked", "the overlay key was withdrawn");
    if (!obs.inside) showNotice(root, message);
  }

  socket
    .on("connect", () => {
      stage.online = true;
      outbox.wake();
      obs.ask();
      if (obs.inside) shareState();
    })
    .on("disconnect", () => (stage.online = false))
    .on("connect_error", ({ message }) => {
      note("not connected", message);
      if (isFinal(message)) giveUp(message);
    })
    .on("key_revoked", () => giveUp("key_revoked"))
    .on("session", (session) => (sessionId = session.sessionId))
    .on("overlay:role", ({ role, serverTime }) => {
      clock.learn(serverTime);
      stage.standby = role === "standby";
    })
    .on("overlay:settings", (settings) => looks.apply(settings))
    .on("ad:command", (command, acknowledge) => {
      const answer = stage.offer(command);
      if (!answer.ok) note("command not taken", answer.reason);
      acknowledge?.(answer);
    });

  setInterval(heartbeat, HEARTBEAT_MS);
  window.addEventListener("pagehide", () => {
    stage.stop("page_closed", "the overlay page was closed");
    outbox.leave();
    socket.close();
  });
  socket.open();
}

const key = takeKey();
if (key) run(key);

// A new key in the fragment is a new overlay, but to the browser it is still the same page; and a
// page brought back from the history has already said good-bye.
window.addEventListener("hashchange", () => location.reload());
window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
