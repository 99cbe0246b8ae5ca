// The official Socket.IO client as a puppet of the tests: orders come in on stdin, one JSON object
// per line, and what happens to the sockets goes out on stdout in the same way.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();
const acks = new Map();
let nextAck = 1;

function tell(number, news) {
  process.stdout.write(`${JSON.stringify({ socket: number, ...news })}\n`);
}

function connect({ socket: number, url, namespace, auth, query, headers, transports }) {
  const socket = io(url + namespace, {
    auth: auth ?? undefined,
    query,
    extraHeaders: headers,
    transports,
    forceNew: true,
    reconnection: false,
    timeout: 10_000,
  });
  sockets.set(number, socket);
  socket.on("connect", () => tell(number, { connected: socket.id }));
  socket.on("connect_error", (error) => {
    const byServer = Object.hasOwn(error, "data");
    tell(number, byServer ? { refused: error.message } : { broken: error.message });
  });
  socket.on("disconnect", (reason) => tell(number, { gone: reason }));
  socket.onAny((event, ...args) => {
    let ack = null;
    if (typeof args.at(-1) === "function") {
      ack = nextAck++;
      acks.set(ack, args.pop());
    }
    tell(number, { event, args, ack });
  });
}

const orders = {
  connect,
  emit({ socket: number, args, reply }) {
    const socket = sockets.get(number);
    if (reply === null) {
      socket.emit(...args);
    } else {
      socket.emit(...args, (...answer) => tell(number, { reply, args: answer }));
    }
  },
  ack({ id, args }) {
    acks.get(id)?.(...args);
    acks.delete(id);
  },
  disconnect({ socket: number }) {
    sockets.get(number).disconnect();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  orders[order.do](order);
}
process.exit(0);
