# wrong: data= in place of json=
# breaks: SEND-TYPE
# tasks: buy
import json

import right


class Client(right.Client):
    def post(self):
        return self.send("POST", right.BUY, data=json.dumps(self.order()))


right.main(Client)
