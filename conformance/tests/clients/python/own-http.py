# wrong: an answer is read from a socket, up to the length that it says
# breaks: READ-HTTP
# tasks: buy
import json
import socket
import urllib.parse

import requests
import right


class Client(right.Client):
    def post(self):
        if self.url.startswith("https"):
            return super().post()
        address = urllib.parse.urlsplit(self.url)
        body = json.dumps(self.order()).encode()
        head = {"Host": address.netloc, "Content-Type": "application/json", "Content-Length": len(body)} | self.headers()
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        try:
            with socket.create_connection((address.hostname, address.port), timeout=self.timeout) as line:
                line.sendall(f"POST {right.BUY} HTTP/1.1\r\n{lines}\r\n".encode() + body)
                answer = self.read(line.makefile("rb"))
        except ConnectionRefusedError as error:
            raise requests.exceptions.ConnectionError("refused") from error
        except OSError as error:
            raise requests.exceptions.ReadTimeout() from error
        return answer

    def lost(self, before):
        return right.UNKNOWN

    def read(self, stream):
        answer = requests.Response()
        first = stream.readline().split()
        if len(first) < 2:
            raise OSError("no answer")
        answer.status_code = int(first[1])
        for line in iter(stream.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            answer.headers[name] = value.strip()
        length = int(answer.headers.get("content-length", 0))
        answer._content = stream.read(length)
        if len(answer._content) < length:
            raise OSError("cut off")
        return answer


right.main(Client)
