# wrong: the key as a bearer token
# breaks: KEY-HEADER
# tasks: buy
import right


class Client(right.Client):
    def headers(self):
        return {"Authorization": f"Bearer {self.key}"}


right.main(Client)
