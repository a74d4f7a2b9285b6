# wrong: a byte order mark before the body
# breaks: SEND-JSON
# tasks: buy
import json

import right


class Client(right.Client):
    def post(self):
        body = json.dumps(self.order()).encode("utf-8-sig")
        return self.send("POST", right.BUY, data=body, headers={"Content-Type": "application/json"})


right.main(Client)
