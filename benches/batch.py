#!/usr/bin/env python3
"""A batch of many pictures on a server of its own: pictures a minute, and whether memory stays flat.

benches/batch.py PORTICO [COUNT] [INSTRUCTION]

Starts PORTICO on a free port of this machine and a folder that is thrown away, sends COUNT pictures (2000) of varied sizes, reads the server's memory as
they are done (Linux), fetches the archive and reads it again. Needs Python's standard library only.
"""

import io, json, os, random, shutil, struct, subprocess, sys, tempfile, time, urllib.request, zipfile, zlib

PART = 40


def png(width, height, seed):
    """A picture of stripes: quick to make, and no two are alike."""
    rng = random.Random(seed)
    line = bytes(rng.randrange(256) for _ in range(64)) * (width * 3 // 64 + 2)
    rows = b"".join(b"\0" + line[y % 48 : y % 48 + width * 3] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def form(fields, files):
    mark = b"portico-bench-boundary"
    out = io.BytesIO()
    for name, value in fields.items():
        out.write(b"--" + mark + f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, data in files:
        out.write(b"--" + mark + f'\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n")
    out.write(b"--" + mark + b"--\r\n")
    return out.getvalue(), "multipart/form-data; boundary=" + mark.decode()


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    instruction = sys.argv[3] if len(sys.argv) > 3 else "crop to 1:1, resize to 500x500, export JPEG"
    data = tempfile.mkdtemp()
    server = subprocess.Popen([program, "serve", "--port", "0", "--data", data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        api = server.stdout.readline().split()[-1] + "/api/v1"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def call(path, fields=None, files=()):
            request = urllib.request.Request(api + path)
            if fields is not None:
                request.data, kind = form(fields, files)
                request.add_header("Content-Type", kind)
            with opener.open(request) as answer:
                return answer.read()

        batch = json.loads(call("/batches", {"instruction": instruction}))["id"]
        sizes = random.Random(1)
        began = time.monotonic()
        for at in range(0, count, PART):
            files = [(f"{n // 500}/{n}.png", png(sizes.randrange(300, 1600), sizes.randrange(300, 1600), n)) for n in range(at, min(at + PART, count))]
            call(f"/batches/{batch}/items", {}, files)
        print(f"{count} pictures sent after {time.monotonic() - began:.0f} s", flush=True)
        memory = []
        while True:
            state = json.loads(call(f"/batches/{batch}"))
            done = state["counts"]["succeeded"] + state["counts"]["failed"]
            memory.append((done, resident_mb(server.pid)))
            if state["state"] != "running":
                break
            time.sleep(1)
        took = time.monotonic() - began
        print(f"{state['state']}: {state['counts']['succeeded']} done, {state['counts']['failed']} failed in {took:.0f} s, {60 * done / took:.0f} a minute")
        warm = [mb for at, mb in memory if at > count / 4]
        if warm:
            print(f"memory: {warm[0]:.0f} MB after a quarter, {max(warm):.0f} MB at most after that, {warm[-1]:.0f} MB at the end")
        before = resident_mb(server.pid)
        began = time.monotonic()
        archive = zipfile.ZipFile(io.BytesIO(call(f"/batches/{batch}/archive")))
        assert archive.testzip() is None and len(archive.namelist()) == state["counts"]["succeeded"] + 2
        print(f"archive of {len(archive.namelist())} files in {time.monotonic() - began:.1f} s; memory {before:.0f} MB before, {resident_mb(server.pid):.0f} MB after")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
