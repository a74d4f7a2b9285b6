//! A server with another API: a test chooses its responses byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request: method, path with query, and the whole head.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub head: String,
}

/// Returns the response; `None` leaves the connection open without sending a byte.
pub type Answering = Box<dyn Fn(&Request) -> Option<String> + Send + Sync>;

/// The server; it stops when dropped.
pub struct Tiny {
    pub url: String,
    log: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Tiny {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tiny {
    pub async fn start(answering: Answering) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::<Mutex<Vec<Request>>>::default();
        let (answering, seen) = (Arc::new(answering), log.clone());
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answering, seen) = (answering.clone(), seen.clone());
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    while let Some(request) = next(&mut stream, &mut bytes).await {
                        let answer = answering(&request);
                        seen.lock().unwrap().push(request);
                        match answer {
                            Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap_or(()),
                            None => tokio::time::sleep(Duration::from_secs(600)).await,
                        }
                    }
                });
            }
        });
        Self { url, log, task }
    }

    pub fn log(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

async fn next(stream: &mut tokio::net::TcpStream, bytes: &mut Vec<u8>) -> Option<Request> {
    loop {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if body.len() >= length {
                bytes.drain(..head.len() + 4 + length);
                let mut words = head.split(' ');
                return Some(Request {
                    method: words.next()?.to_owned(),
                    path: words.next()?.to_owned(),
                    head: head.to_owned(),
                });
            }
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Returns a response with a body of known length.
pub fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

pub fn page(status: &str, body: &str) -> Option<String> {
    answer(status, "Content-Type: text/html\r\n", body)
}

pub fn json(status: &str, body: &str) -> Option<String> {
    answer(status, "Content-Type: application/json\r\n", body)
}
