// A web phone without a browser: SIP.js over secure WebSocket. Its audio is a UDP socket that sends back
// what it hears. Orders come as one JSON line: {server, origin, user, password, domain, number}; with a
// number it calls, else it waits for a call. It prints one JSON line for each thing that happens.
import dgram from "node:dgram";
import readline from "node:readline";
import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "sip.js";
import WebSocket from "ws";

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

async function audioSocket() {
  const socket = dgram.createSocket("udp4");
  let packets = 0;
  socket.on("message", (packet, from) => {
    packets += 1;
    if (packets === 1) tell({ event: "audio" });
    socket.send(packet, from.port, from.address);
  });
  await new Promise((done) => socket.bind(0, "127.0.0.1", done));
  return socket;
}

// SIP.js negotiates nothing by itself: this description never changes, whatever the peer says.
function staticHandler(port) {
  const lines = [
    "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
    `m=audio ${port} RTP/AVP 8 0`, "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=sendrecv", "",
  ];
  const description = { body: lines.join("\r\n"), contentType: "application/sdp" };
  return () => ({
    close() {},
    getDescription: async () => description,
    hasDescription: (contentType) => contentType === "application/sdp",
    holdModifier: async (one) => one,
    rollbackDescription: async () => {},
    sendDtmf: () => false,
    setDescription: async () => {},
  });
}

function watch(session, over) {
  session.stateChange.addListener((state) => {
    if (state === SessionState.Established) tell({ event: "established" });
    if (state === SessionState.Terminated) over();
  });
}

async function main(order) {
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { origin: order.origin });
    }
  };
  const socket = await audioSocket();
  let over;
  const ended = new Promise((done) => (over = done));
  const agent = new UserAgent({
    uri: UserAgent.makeURI(`sip:${order.user}@${order.domain}`),
    authorizationUsername: order.user,
    authorizationPassword: order.password,
    transportOptions: { server: order.server },
    sessionDescriptionHandlerFactory: staticHandler(socket.address().port),
    logBuiltinEnabled: false,
    delegate: {
      onInvite(invitation) {
        watch(invitation, over);
        invitation.accept();
      },
    },
  });
  await agent.start();
  const registerer = new Registerer(agent);
  const registered = new Promise((done, fail) => {
    registerer.stateChange.addListener((state) => {
      if (state === RegistererState.Registered) done();
      if (state === RegistererState.Unregistered) fail(new Error("the registration was refused"));
    });
  });
  await registerer.register();
  await registered;
  tell({ event: "registered" });
  if (order.number) {
    const inviter = new Inviter(agent, UserAgent.makeURI(`sip:${order.number}@${order.domain}`));
    watch(inviter, over);
    await inviter.invite();
  }
  await ended;
  tell({ event: "ended" });
  await agent.stop();
  socket.close();
}

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", (line) => {
  lines.close();
  main(JSON.parse(line)).then(
    () => process.exit(0),
    (error) => {
      tell({ event: "error", message: String(error) });
      process.exit(1);
    },
  );
});
