// Web phones in a browser: SIP.js with the browser's own WebRTC, driven and measured through `phones`.
// Levels are dB below a full-scale square wave; times are milliseconds since 1970.
import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "sip.js";

const WINDOW = 8192; // 170 ms at 48 kHz: bins of 6 Hz
const ONSET_WINDOW = 512; // 11 ms
const ONSET_RMS = 0.01; // -40 dB
const LOOK_MS = 5;
const MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const options = (video) => ({ sessionDescriptionHandlerOptions: { constraints: { audio: MICROPHONE, video } } });
const OPTIONS = options(false);
const WAIT_MS = 20000;

const context = new AudioContext({ sampleRate: 48000 });
const recorders = context.audioWorklet.addModule("/recorder.mjs");

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

// Returns samples as octets in base64, PCM16 at the rate of the context.
function pcm16(samples) {
  const octets = new Uint8Array(Int16Array.from(samples, (one) => Math.round(32767 * one)).buffer);
  const parts = [];
  for (let at = 0; at < octets.length; at += WINDOW) parts.push(String.fromCharCode(...octets.subarray(at, at + WINDOW)));
  return btoa(parts.join(""));
}

// A telephone with one account and one call at a time.
class Phone {
  ringing = [];

  async register(order) {
    this.domain = order.domain;
    this.agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${order.user}@${order.domain}`),
      authorizationUsername: order.user,
      authorizationPassword: order.password,
      transportOptions: { server: order.server },
      sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
      logBuiltinEnabled: false,
      delegate: { onInvite: (invitation) => this.ringing.push(invitation) },
    });
    await this.agent.start();
    this.registerer = new Registerer(this.agent);
    await this.registerer.register();
    await until(() => this.registerer.state === RegistererState.Registered, "registered");
    await context.resume();
  }

  async call(number, camera = false) {
    this.#take(new Inviter(this.agent, UserAgent.makeURI(`sip:${number}@${this.domain}`), options(camera)));
    await this.session.invite();
  }

  established() {
    return until(() => this.session.state === SessionState.Established, "established");
  }

  async rung() {
    await until(() => this.ringing.length > 0, "called");
    this.#take(this.ringing.shift());
  }

  // Returns when the 200 had gone out.
  async answer() {
    await this.session.accept(OPTIONS);
    const answeredAt = Date.now();
    await this.established();
    return answeredAt;
  }

  // Returns when the first sound came.
  async firstHeard() {
    await until(() => this.onset !== null, "heard");
    return this.onset;
  }

  // Returns what is heard from the first sound on until so many seconds of it are sound, see pcm16.
  async record(seconds) {
    await recorders;
    await this.firstHeard();
    const recorder = new AudioWorkletNode(context, "recorder", { channelCount: 1, channelCountMode: "explicit" });
    const heard = [];
    let sound = 0;
    recorder.port.onmessage = (event) => {
      heard.push(...event.data);
      if (rms(event.data) > ONSET_RMS) sound += event.data.length;
    };
    this.source.connect(recorder);
    const isOver = () => this.session.state === SessionState.Terminated;
    await until(() => sound >= seconds * context.sampleRate || isOver(), "recorded");
    this.source.disconnect(recorder);
    return pcm16(heard);
  }

  // The level of all that is heard, and the share of one tone in its power.
  measure(hz) {
    if (this.ear === null) return { level: -200, share: 0 };
    const samples = new Float32Array(WINDOW);
    this.ear.getFloatTimeDomainData(samples);
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
  }

  async hold(on) {
    await this.established();
    const told = new Promise((done, fail) => {
      this.session.invite({
        sessionDescriptionHandlerOptions: { ...OPTIONS.sessionDescriptionHandlerOptions, hold: on },
        requestDelegate: { onAccept: () => done(), onReject: (answer) => fail(new Error(answer.message.statusCode)) },
      });
    });
    await told;
  }

  press(keys) {
    return this.session.sessionDescriptionHandler.sendDtmf(keys, { duration: 100, interToneGap: 70 });
  }

  // Names of the codecs in use, what the transport is, and what was lost.
  async facts() {
    const stats = [...(await this.session.sessionDescriptionHandler.peerConnection.getStats()).values()];
    const of = (type) => stats.find((one) => one.type === type && (one.kind ?? "audio") === "audio");
    const codec = (one) => stats.find((other) => other.id === one?.codecId)?.mimeType ?? "";
    const [inbound, outbound, transport] = ["inbound-rtp", "outbound-rtp", "transport"].map(of);
    return {
      hears: codec(inbound), says: codec(outbound), dtls: transport?.dtlsState ?? "",
      srtp: transport?.srtpCipher ?? "", lost: inbound?.packetsLost ?? -1,
    };
  }

  // What both descriptions say of each stream, in their order, and what became of the camera's.
  async streams() {
    const connection = this.session.sessionDescriptionHandler.peerConnection;
    const read = ({ sdp }) => ({
      ports: [...sdp.matchAll(/^m=(\w+) (\d+)/gm)].map(([, kind, port]) => [kind, Number(port)]),
      bundle: sdp.match(/^a=group:BUNDLE (.*)$/m)?.[1].trim().split(" ") ?? [],
    });
    const video = connection.getTransceivers().find((one) => one.sender.track?.kind === "video" || one.receiver.track.kind === "video");
    const sent = [...(await connection.getStats()).values()].find((one) => one.type === "outbound-rtp" && one.kind === "video");
    return {
      offered: read(connection.localDescription), answered: read(connection.remoteDescription),
      camera: video?.currentDirection ?? null, frames: sent?.packetsSent ?? 0,
    };
  }

  async hangUp() {
    if (this.session.state === SessionState.Established) await this.session.bye();
    await this.ended();
  }

  ended() {
    return until(() => this.session.state === SessionState.Terminated, "terminated");
  }

  async leave() {
    await this.registerer.unregister();
    await this.agent.stop();
  }

  #take(one) {
    this.session = one;
    this.onset = this.ear = null;
    this.session.delegate = {
      onSessionDescriptionHandler: (handler) => {
        handler.peerConnectionDelegate = {
          ontrack: ({ track }) => {
            if (track.kind === "audio") this.#listen(new MediaStream([track]));
          },
        };
      },
    };
  }

  // The analyser reads silence unless something plays the stream.
  #listen(stream) {
    const player = new Audio();
    player.srcObject = stream;
    player.play();
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW;
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(analyser);
    this.ear = analyser;
    const newest = new Float32Array(ONSET_WINDOW);
    clearInterval(this.watching);
    this.watching = setInterval(() => {
      analyser.getFloatTimeDomainData(newest);
      if (rms(newest) <= ONSET_RMS) return;
      this.onset = Date.now();
      clearInterval(this.watching);
    }, LOOK_MS);
  }
}

window.phones = [];
window.addPhone = () => window.phones.push(new Phone()) - 1;
