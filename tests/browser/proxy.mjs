// A reverse proxy as people put in front: one path of its host belongs to Portico, everything else to others.
import http from 'node:http';
import net from 'node:net';

export class Proxy {
  /** Requests below `prefix` go on, with the prefix or (`strip`) without; `outside` keeps what else was asked for. */
  constructor(prefix, { strip = false } = {}) {
    Object.assign(this, { prefix, strip, outside: [], target: 0, sockets: new Set() });
    this.server = http.createServer((request, response) => this.pass(request, response));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('connection', (socket) => { this.sockets.add(socket); socket.on('close', () => this.sockets.delete(socket)); });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    this.url = this.origin + this.prefix;
  }

  /** The path to ask the server for, or null where it is none of its business. */
  path(url) {
    if (!url.startsWith(`${this.prefix}/`) && url !== this.prefix) { this.outside.push(url); return null; }
    return this.strip ? url.slice(this.prefix.length) || '/' : url;
  }

  pass(request, response) {
    const path = this.path(request.url);
    if (path === null) { response.writeHead(404).end('somebody else lives here'); return; }
    const onward = http.request({ port: this.target, host: '127.0.0.1', method: request.method, path, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  upgrade(request, socket, head) {
    const path = this.path(request.url);
    if (path === null) { socket.destroy(); return; }
    const onward = net.connect(this.target, '127.0.0.1', () => {
      const headers = [];
      for (let i = 0; i < request.rawHeaders.length; i += 2) headers.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      onward.write(`${request.method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => { onward.destroy(); socket.destroy(); });
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => { this.server.close(resolve); });
  }
}
