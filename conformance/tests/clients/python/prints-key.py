# wrong: a debug line with the headers
# breaks: KEY-OUTPUT
# tasks: buy
import right


class Client(right.Client):
    def post(self):
        print("sending", dict(self.http.headers))
        return super().post()


right.main(Client)
