//! Runs against a real nginx with TLS in front of the server. Without nginx the test prints a message and passes;
//! `apt-get install nginx-light` installs it. The test is ignored by default, since a change need not pass it:
//!
//! `cargo test -p conformance --test e2e -- --ignored nginx`

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::tls::Authority;
use crate::common::{conformance, faultless, states_of};

/// An nginx that ends with the test: it is one process, since workers would outlive a master that is killed.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Returns the first nginx found in the usual places.
fn program() -> Option<&'static str> {
    let places = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];
    let runs =
        |it: &&str| Command::new(it).arg("-v").stderr(Stdio::null()).status().is_ok_and(|it| it.success());
    places.into_iter().find(runs)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants an nginx on this machine"]
async fn a_real_nginx_with_tls_passes_everything() {
    let Some(nginx) = program() else {
        return eprintln!("skipped: there is no nginx here; `apt-get install nginx-light` gets it");
    };
    let (sandbox, authority) = (faultless().await, Authority::new("test"));
    let folder = tempfile::tempdir().unwrap();
    let ca = authority.file(folder.path());
    let identity = authority.issue("localhost").file(folder.path());
    // Ports that were free a moment ago.
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (secure, http2) = (free(), free());
    let at = folder.path().display();
    let upstream = sandbox.url();
    let site = |port: u16, http2: &str| {
        format!(
            "server {{ listen 127.0.0.1:{port} ssl{http2}; server_name localhost;\n ssl_certificate {identity}; \
             ssl_certificate_key {identity};\n client_max_body_size 16m;\n location / {{ proxy_pass {upstream}; \
             proxy_http_version 1.1; proxy_request_buffering off; }} }}\n"
        )
    };
    let config = format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\nevents {{}}\nhttp {{ access_log off;\n \
         client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; \
         scgi_temp_path {at}/s;\n{}{}}}\n",
        site(secure, ""),
        site(http2, " http2")
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(nginx);
    command.arg("-c").arg(&file).arg("-p").arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = Nginx(command.spawn().unwrap());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(running.0.try_wait().unwrap().is_none(), "nginx does not start with this configuration");
    let states = states_of(&sandbox);
    for (port, flags) in [(secure, &[][..]), (http2, &["--http2"])] {
        let url = format!("https://localhost:{port}");
        let run = [
            "--url", &url, "--states", &states, "--ca", &ca, "--tier", "smoke", "--seed", "1", "--wait", "30",
        ];
        let ended = conformance(&[&run[..], flags].concat()).await;
        assert!(ended.stdout.contains("Findings  none"), "{ended:?}");
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}
