# wrong: requests without a timeout
# breaks: END-TIME
# tasks: buy
import right


class Client(right.Client):
    def send(self, method, path, **more):
        return self.http.request(method, self.url + path, allow_redirects=False, **more)


right.main(Client)
