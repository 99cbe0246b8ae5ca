/**
 * A small Socket.IO client: protocol 5 over Engine.IO 4, by WebSocket alone, one namespace.
 * It connects with an `auth` object, sends and receives events with acknowledgements both ways, and
 * reconnects for ever until `close` is called. It knows nothing of what the events mean. It does
 * not speak long polling or binary attachments, and keeps no events for later: what is emitted
 * while the socket is down is gone, and `emit` says so.
 *
 *   const socket = new Socket({ namespace: "/overlay", auth: { key } });
 *   socket.on("greeting", (body, acknowledge) => acknowledge?.({ ok: true }));
 *   socket.open();
 *
 * Beside the server's events there are three of its own: `connect` (), `disconnect` (reason) and
 * `connect_error` ({message, data}), where the message is the server's if it refused us.
 */

/** First character of an Engine.IO message. */
const OPEN = "0";
const CLOSE = "1";
const PING = "2";
const PONG = "3";
const MESSAGE = "4";

/** First character of the Socket.IO packet inside a message. */
const CONNECT = "0";
const DISCONNECT = "1";
const EVENT = "2";
const ACK = "3";
const REFUSED = "4";

/** Type, namespace, acknowledgement id, JSON. Packets with attachments do not match. */
const PACKET = /^([0-4])(?:(\/[^,]*),?)?(\d+)?([[{].*)?$/s;

/** A connection that did not hold this long does not shorten the wait for the next one. */
const STABLE_MS = 10_000;

export class Socket {
  #options;
  #handlers = new Map();
  #link = null;
  #connectedAt = null;
  #isOpen = false;
  #failures = 0;
  #retry;
  /** Ends the link unless something comes in time: first the connection, then each ping. */
  #patience;
  #silenceLimit;
  #requests = new Map();
  #nextRequest = 0;

  /** `auth` is an object, or a function that gives a fresh one for each connection. */
  constructor(options) {
    this.#options = {
      url: window.location.origin,
      namespace: "/",
      auth: {},
      delayMs: 1500,
      longestDelayMs: 8000,
      connectLimitMs: 10_000,
      ...options,
    };
  }

  get connected() {
    return this.#connectedAt !== null;
  }

  /** Registers the handler of an event; a later one for the same event replaces it. */
  on(name, handler) {
    this.#handlers.set(name, handler);
    return this;
  }

  /** Connects, and from now on stays connected. */
  open() {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#connect();
  }

  /** Disconnects and stays so. */
  close() {
    this.#isOpen = false;
    clearTimeout(this.#retry);
    if (this.connected) this.#packet(DISCONNECT);
    if (this.#link) this.#lost("io client disconnect");
  }

  /** Sends an event. False when there is no connection and nothing was sent. */
  emit(name, ...args) {
    return this.connected && this.#packet(EVENT, "", [name, ...args]);
  }

  /** Sends an event and gives the server's acknowledgement, or fails after `limitMs`. */
  request(limitMs, name, ...args) {
    return new Promise((resolve, reject) => {
      if (!this.connected) {
        reject(new Error("not connected"));
        return;
      }
      const id = String(this.#nextRequest++);
      const settle = (finish, value) => {
        clearTimeout(timer);
        this.#requests.delete(id);
        finish(value);
      };
      const timer = setTimeout(() => settle(reject, new Error("no acknowledgement")), limitMs);
      this.#requests.set(id, {
        answered: (value) => settle(resolve, value),
        failed: (reason) => settle(reject, new Error(reason)),
      });
      this.#packet(EVENT, id, [name, ...args]);
    });
  }

  #connect() {
    const url = new URL("/socket.io/?EIO=4&transport=websocket", this.#options.url);
    url.protocol = url.protocol.replace("http", "ws");
    const link = new WebSocket(url);
    link.onmessage = ({ data }) => this.#receive(data);
    link.onclose = () => this.#lost("transport close");
    this.#link = link;
    this.#expect(this.#options.connectLimitMs, "timeout");
  }

  #expect(limitMs, reason) {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#lost(reason), limitMs);
  }

  #receive(message) {
    if (typeof message !== "string") return;
    if (this.connected) this.#expect(this.#silenceLimit, "ping timeout");
    const rest = message.slice(1);
    try {
      if (message[0] === OPEN) this.#greet(JSON.parse(rest));
      else if (message[0] === PING) this.#link.send(PONG + rest);
      else if (message[0] === MESSAGE) this.#unpack(rest);
      else if (message[0] === CLOSE) this.#lost("transport close");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#lost("parse error");
    }
  }

  #greet({ pingInterval, pingTimeout }) {
    this.#silenceLimit = pingInterval + pingTimeout;
    const { auth } = this.#options;
    this.#packet(CONNECT, "", typeof auth === "function" ? auth() : auth);
  }

  /** False when the link is already on its way down. */
  #packet(type, id = "", body = undefined) {
    if (this.#link.readyState !== WebSocket.OPEN) return false;
    const { namespace } = this.#options;
    const room = namespace === "/" ? "" : `${namespace},`;
    const json = body === undefined ? "" : JSON.stringify(body);
    this.#link.send(MESSAGE + type + room + id + json);
    return true;
  }

  #unpack(packet) {
    const [matched, type, namespace = "/", id, json] = PACKET.exec(packet) ?? [];
    if (matched === undefined || namespace !== this.#options.namespace) return;
    const body = json && JSON.parse(json);
    if (type === CONNECT) this.#joined();
    else if (type === REFUSED) this.#lost(body?.message ?? "refused", body?.data);
    else if (type === DISCONNECT) this.#lost("io server disconnect");
    else if (type === ACK) this.#requests.get(id)?.answered(body?.[0]);
    else if (type === EVENT && Array.isArray(body)) this.#deliver(body, id);
  }

  #joined() {
    this.#connectedAt = performance.now();
    this.#expect(this.#silenceLimit, "ping timeout");
    this.#tell("connect");
  }

  /** Hands an event to its handler, with a function to acknowledge it if the server wants that. */
  #deliver([name, ...args], id) {
    const link = this.#link;
    const acknowledge = (...answer) => {
      if (this.connected && this.#link === link) this.#packet(ACK, id, answer);
    };
    this.#tell(name, ...args, ...(id === undefined ? [] : [acknowledge]));
  }

  #tell(name, ...args) {
    this.#handlers.get(name)?.(...args);
  }

  /** The one place where a connection, or the attempt at one, ends. */
  #lost(reason, data) {
    const since = this.#connectedAt;
    this.#link.onmessage = this.#link.onclose = null;
    this.#link.close();
    this.#link = this.#connectedAt = null;
    clearTimeout(this.#patience);
    for (const request of [...this.#requests.values()]) request.failed(reason);
    if (since !== null && performance.now() - since > STABLE_MS) this.#failures = 0;
    if (this.#isOpen) this.#retry = setTimeout(() => this.#connect(), this.#delay());
    if (since === null) this.#tell("connect_error", { message: reason, data });
    else this.#tell("disconnect", reason);
  }

  /** Doubles from try to try; half of it is chance, so that a restart is not met by a stampede. */
  #delay() {
    const { delayMs, longestDelayMs } = this.#options;
    const step = Math.min(longestDelayMs, delayMs * 2 ** this.#failures++);
    return step * (0.5 + Math.random() / 2);
  }
}
