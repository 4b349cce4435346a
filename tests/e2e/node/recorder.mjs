// Runs where the browser makes its sound: passes on what it hears, in pieces that cost the page little.
const PIECE = 1920; // 40 ms

class Recorder extends AudioWorkletProcessor {
  piece = new Float32Array(PIECE);
  filled = 0;

  process([heard]) {
    if (heard.length > 0) {
      this.piece.set(heard[0], this.filled);
      this.filled += heard[0].length;
      if (this.filled === PIECE) {
        this.port.postMessage(this.piece.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
