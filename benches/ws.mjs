// A minimal WebSocket client (RFC 6455) for Node 18, which has none: text and binary frames from a server, nothing more.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export class WebSocket {
  /** Opens `http://host:port/path` as a WebSocket. */
  static open(address) {
    const url = new URL(address);
    const socket = connect(Number(url.port), url.hostname);
    const self = new WebSocket();
    Object.assign(self, { socket, buffer: Buffer.alloc(0), frames: [], waiting: [] });
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`
      + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`);
    return new Promise((resolve, reject) => {
      let open = false;
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        self.buffer = Buffer.concat([self.buffer, chunk]);
        if (!open) {
          const end = self.buffer.indexOf('\r\n\r\n');
          if (end < 0) return;
          const head = self.buffer.subarray(0, end).toString();
          if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(head.split('\r\n')[0]));
          self.buffer = self.buffer.subarray(end + 4);
          open = true;
          resolve(self);
        }
        self.take();
      });
    });
  }

  /** Cuts whole frames off the buffer. */
  take() {
    for (;;) {
      const b = this.buffer;
      if (b.length < 2) return;
      let length = b[1] & 127, at = 2;
      if (length === 126) { if (b.length < 4) return; length = b.readUInt16BE(2); at = 4; }
      else if (length === 127) { if (b.length < 10) return; length = Number(b.readBigUInt64BE(2)); at = 10; }
      if (b.length < at + length) return;
      const frame = { binary: (b[0] & 15) === 2, data: b.subarray(at, at + length) };
      this.buffer = b.subarray(at + length);
      if ((b[0] & 15) > 2) continue;
      const next = this.waiting.shift();
      if (next) next(frame); else this.frames.push(frame);
    }
  }

  /** The next frame: `{ binary, data }`. */
  next() {
    const frame = this.frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.waiting.push(resolve));
  }

  close() { this.socket.destroy(); }
}
