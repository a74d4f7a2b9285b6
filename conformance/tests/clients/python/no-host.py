# wrong: a request without Host
# breaks: SEND-HOST
# tasks: buy
import http.client as http_client
import json
import urllib.parse

import requests
import right


class Client(right.Client):
    def post(self):
        address = urllib.parse.urlsplit(self.url)
        http = http_client.HTTPConnection(address.hostname, address.port, timeout=self.timeout)
        http.putrequest("POST", right.BUY, skip_host=True)
        body = json.dumps(self.order())
        for name, value in (self.headers() | {"Content-Type": "application/json", "Content-Length": len(body)}).items():
            http.putheader(name, value)
        http.endheaders(body.encode())
        raise requests.exceptions.ReadTimeout(http.getresponse().read())


right.main(Client)
