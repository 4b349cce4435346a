// A web phone in a browser: SIP.js with the browser's own WebRTC, driven and measured through `phone`.
// Levels are dB below a full-scale square wave; times are milliseconds since 1970.
import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "sip.js";

const WINDOW = 8192; // 170 ms at 48 kHz: bins of 6 Hz
const ONSET_WINDOW = 512; // 11 ms
const ONSET_RMS = 0.01; // -40 dB
const LOOK_MS = 5;
const MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const OPTIONS = { sessionDescriptionHandlerOptions: { constraints: { audio: MICROPHONE, video: false } } };
const WAIT_MS = 20000;

const context = new AudioContext({ sampleRate: 48000 });
let agent, registerer, domain, session, ear, onset, watching;
const ringing = [];

function until(isSo, what) {
  const late = Date.now() + WAIT_MS;
  return new Promise((done, fail) => {
    const look = () => {
      if (isSo()) done();
      else if (Date.now() > late) fail(new Error(`it was never ${what}`));
      else setTimeout(look, LOOK_MS);
    };
    look();
  });
}

const rms = (samples) => Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
const decibels = (ratio) => (ratio > 0 ? 20 * Math.log10(ratio) : -200);

// The analyser reads silence unless something plays the stream.
function listen(stream) {
  const player = new Audio();
  player.srcObject = stream;
  player.play();
  const analyser = context.createAnalyser();
  analyser.fftSize = WINDOW;
  context.createMediaStreamSource(stream).connect(analyser);
  ear = analyser;
  const newest = new Float32Array(WINDOW);
  clearInterval(watching);
  watching = setInterval(() => {
    analyser.getFloatTimeDomainData(newest);
    if (onset === null && rms(newest.subarray(WINDOW - ONSET_WINDOW)) > ONSET_RMS) onset = Date.now();
  }, LOOK_MS);
}

function take(one) {
  session = one;
  onset = ear = null;
  session.delegate = {
    onSessionDescriptionHandler(handler) {
      handler.peerConnectionDelegate = { ontrack: (event) => listen(new MediaStream([event.track])) };
    },
  };
}

const connection = () => session.sessionDescriptionHandler.peerConnection;
const established = () => until(() => session.state === SessionState.Established, "established");

window.phone = {
  async register(order) {
    domain = order.domain;
    agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${order.user}@${domain}`),
      authorizationUsername: order.user,
      authorizationPassword: order.password,
      transportOptions: { server: order.server },
      sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
      logBuiltinEnabled: false,
      delegate: { onInvite: (invitation) => ringing.push(invitation) },
    });
    await agent.start();
    registerer = new Registerer(agent);
    await registerer.register();
    await until(() => registerer.state === RegistererState.Registered, "registered");
    await context.resume();
  },

  async call(number) {
    take(new Inviter(agent, UserAgent.makeURI(`sip:${number}@${domain}`), OPTIONS));
    await session.invite();
  },

  established,

  async rung() {
    await until(() => ringing.length > 0, "called");
    take(ringing.shift());
  },

  // Returns when the 200 had gone out.
  async answer() {
    await session.accept(OPTIONS);
    const answeredAt = Date.now();
    await established();
    return answeredAt;
  },

  // Returns when the first sound came.
  async firstHeard() {
    await until(() => onset !== null, "heard");
    return onset;
  },

  // The level of all that is heard, and the share of one tone in its power.
  measure(hz) {
    if (ear === null) return { level: -200, share: 0 };
    const samples = new Float32Array(WINDOW);
    ear.getFloatTimeDomainData(samples);
    let real = 0, imaginary = 0, total = 0;
    samples.forEach((one, at) => {
      const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / WINDOW);
      const angle = (2 * Math.PI * hz * at) / context.sampleRate;
      real += weight * one * Math.cos(angle);
      imaginary -= weight * one * Math.sin(angle);
      total += (weight * one) ** 2;
    });
    // A pure tone: the windowed sum is a/2 * N/2, the sum of squares a^2/2 * 3/8 N.
    const share = total > 0 ? Math.min(1, (3 * (real * real + imaginary * imaginary)) / (WINDOW * total)) : 0;
    return { level: decibels(rms(samples)), share };
  },

  async hold(on) {
    await until(() => session.state === SessionState.Established, "established");
    const told = new Promise((done, fail) => {
      session.invite({
        sessionDescriptionHandlerOptions: { ...OPTIONS.sessionDescriptionHandlerOptions, hold: on },
        requestDelegate: { onAccept: () => done(), onReject: (answer) => fail(new Error(answer.message.statusCode)) },
      });
    });
    await told;
  },

  press(keys) {
    return session.sessionDescriptionHandler.sendDtmf(keys, { duration: 100, interToneGap: 70 });
  },

  // Names of the codecs in use, what the transport is, and what was lost.
  async facts() {
    const stats = [...(await connection().getStats()).values()];
    const of = (type) => stats.find((one) => one.type === type && (one.kind ?? "audio") === "audio");
    const codec = (one) => stats.find((other) => other.id === one?.codecId)?.mimeType ?? "";
    const [inbound, outbound, transport] = ["inbound-rtp", "outbound-rtp", "transport"].map(of);
    return {
      hears: codec(inbound), says: codec(outbound), dtls: transport?.dtlsState ?? "",
      srtp: transport?.srtpCipher ?? "", lost: inbound?.packetsLost ?? -1,
    };
  },

  async hangUp() {
    if (session.state === SessionState.Established) await session.bye();
    await until(() => session.state === SessionState.Terminated, "terminated");
  },

  ended: () => until(() => session.state === SessionState.Terminated, "terminated"),

  async leave() {
    await registerer.unregister();
    await agent.stop();
  },
};
