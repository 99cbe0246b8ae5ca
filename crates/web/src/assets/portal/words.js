/**
 * What each live event means to a person. Gives `{ name, tone, text, at, key? }`, or nothing for
 * what another event says better; lines of the same `key` take the place of each other.
 */

/** The events of the dashboard. */
export const EVENTS = [
  "overlay_status",
  "overlay_heartbeat",
  "delivery_sent",
  "delivery_state",
  "ad_event",
];

const STATES = {
  acknowledged: ["", "has taken the command"],
  failed: ["bad", "did not take the command"],
  expired: ["bad", "reported nothing in time"],
  errored: ["bad", "could not show the ad"],
  superseded: ["", "was given another ad instead"],
};

const AD_EVENTS = {
  ad_rendered: ["", (channel, campaign) => `${channel} shows ${campaign}`],
  ad_completed: ["good", (channel, campaign) => `${channel} has shown ${campaign} to its end`],
  ad_click: ["good", (channel, campaign) => `${campaign} was clicked on ${channel}`],
  ad_error: ["bad", (channel, campaign) => `${channel} could not show ${campaign}`],
};

const REASONS = {
  asset_load_failed: "its file could not be loaded",
  asset_timeout: "its file took too long to load",
  busy: "an ad was on screen already",
  standby: "another overlay window of the channel is in charge",
  expired: "the command came too late",
  lease_expired: "the time to report had passed",
  no_delivery: "no command was sent for it",
  not_rendered: "it was never reported as shown",
  too_early: "it ended before its time",
  page_closed: "the overlay was closed",
  overlay_not_responding: "the overlay did not answer",
  key_revoked: "the overlay's key was replaced",
  duplicate: "it was reported before",
  duplicate_click: "it was clicked before",
};

/** A reason code in words; codes we have no words for are still better than silence. */
function because(reason) {
  if (!reason) return "";
  return `: ${REASONS[reason] ?? reason.replaceAll("_", " ")}`;
}

export function describe(name, body, nameOf) {
  const channel = nameOf(body.channelId);
  const at = body.at ?? body.sentAt;
  if (name === "overlay_status") {
    const came = body.status === "connected";
    const text = `${channel} ${came ? "is on air: its overlay connected" : "lost its overlay"}.`;
    return { name, tone: came ? "good" : "bad", text, at };
  }
  if (name === "overlay_heartbeat") {
    const key = `heartbeat ${body.channelId}`;
    return { name, tone: "", text: `${channel} is alive.`, at, key };
  }
  const campaign = nameOf(body.campaignId);
  if (name === "delivery_sent") {
    return { name, tone: "", text: `${campaign} was sent to ${channel}.`, at };
  }
  if (name === "delivery_state") {
    const [tone, text] = STATES[body.state] ?? [];
    if (text === undefined) return undefined;
    return { name, tone, text: `${channel} ${text}${because(body.reason)}.`, at };
  }
  const [tone, say] = AD_EVENTS[body.type] ?? ["", () => `${channel}: ${body.type}`];
  const text = say(channel, campaign);
  const reason = because(body.reason);
  if (body.verdict !== "not_counted") return { name: body.type, tone, text: `${text}${reason}.`, at };
  return { name: body.type, tone: "bad", text: `${text}, not counted${reason}.`, at };
}
