# wrong: str() of a dictionary in place of JSON
# breaks: SEND-JSON
# tasks: buy
import right


class Client(right.Client):
    def post(self):
        return self.send("POST", right.BUY, data=str(self.order()), headers={"Content-Type": "application/json"})


right.main(Client)
