"""A caller of the worker as inference processes are: msgpack on Redis streams, nothing else.

Reads one JSON command per line and answers each with one JSON line. Bytes are {"$bytes": base64}, both ways, so that what
was str and what was bin on the wire stays apart. It shares no code with the worker, and speaks RESP2 itself.
"""

import base64
import json
import socket
import sys
import time

import msgpack


class Redis:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.file = self.socket.makefile("rb")

    def __call__(self, *parts):
        chunks = [b"*%d\r\n" % len(parts)]
        for part in parts:
            data = part if isinstance(part, bytes) else str(part).encode()
            chunks.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(chunks))
        return self.read()

    def read(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if rest == b"-1":
                return None
            data = self.file.read(int(rest) + 2)
            return data[:-2]
        if rest == b"-1":
            return None
        return [self.read() for _ in range(int(rest))]


def to_json(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, msgpack.ExtType):
        return {"$ext": value.code, "data": to_json(value.data)}
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): to_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    return value


def from_json(value):
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        return {key: from_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [from_json(one) for one in value]
    return value


def pack(value):
    return msgpack.packb(from_json(value), use_bin_type=True)


def unpack(data):
    return to_json(msgpack.unpackb(data, raw=False, strict_map_key=False))


class Client:
    def __init__(self, redis):
        self.redis = redis

    def session(self, trace, record, seconds=300):
        """What a gateway writes before it sends requests of a trace."""
        self.redis("SET", "sg:tools:session:" + trace, pack(record), "EX", seconds)

    def send(self, request, stream="sg:stream:tools"):
        context = request.get("ctx")
        trace = context.get("trace_id") if isinstance(context, dict) else None
        fields = ["data", pack(request), "ts", repr(time.time()), "trace_id", trace or ""]
        return self.redis("XADD", stream, "MAXLEN", "~", 100000, "*", *fields).decode()

    def send_raw(self, data, stream="sg:stream:tools"):
        return self.redis("XADD", stream, "*", "data", from_json(data)).decode()

    def read(self, stream, after="0", count=1, seconds=20):
        """Messages of a reply stream after an id, when there are so many, or what is there after so many seconds."""
        found = []
        end = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            answer = self.redis("XREAD", "COUNT", count, "BLOCK", 200, "STREAMS", stream, after)
            for _, messages in answer or []:
                for identity, fields in messages:
                    after = identity.decode()
                    named = dict(zip((name.decode() for name in fields[::2]), fields[1::2]))
                    data = named.pop("data")
                    others = {name: value.decode() for name, value in named.items()}
                    found.append({"id": after, "fields": others, "data": unpack(data)})
        return found

    def dead_letters(self):
        found = []
        for identity, fields in self.redis("XRANGE", "sg:stream:dlq", "-", "+"):
            named = dict(zip((name.decode() for name in fields[::2]), fields[1::2]))
            letter = {name: to_json(value) if name == "data" else value.decode() for name, value in named.items()}
            found.append({"id": identity.decode(), **letter})
        return found

    def catalog(self):
        """The current catalog, found as callers find it: pointer, then version."""
        current = self.redis("GET", "sg:tools:catalog:current")
        if current is None:
            return None
        body = self.redis("GET", "sg:tools:catalog:v" + current.decode())
        return {"seq": current.decode(), **unpack(body)}

    def command(self, *parts):
        answer = self.redis(*(from_json(part) for part in parts))
        return json.loads(json.dumps(answer, default=lambda data: data.decode("utf-8", "replace")))


def main():
    client = Client(Redis(sys.argv[1], int(sys.argv[2])))
    print(json.dumps({"ready": list(msgpack.version)}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            value = getattr(client, command["do"])(*command.get("args", []), **command.get("named", {}))
            print(json.dumps({"value": value}), flush=True)
        except Exception as error:
            print(json.dumps({"error": "%s: %s" % (type(error).__name__, error)}), flush=True)


main()
