# wrong: redirects are followed, as requests does by default
# breaks: KEY-REDIRECT
# tasks: buy, balance
import right


class Client(right.Client):
    def send(self, method, path, **more):
        return self.http.request(method, self.url + path, timeout=self.timeout, **more)


right.main(Client)
