# wrong: verify=False
# breaks: KEY-TLS
# tasks: buy
import right


class Client(right.Client):
    def session(self):
        http = super().session()
        http.verify = False
        return http


right.main(Client)
